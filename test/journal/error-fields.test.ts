import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { codeLocation } from '../../src/journal/code-location.ts';
import { fieldsOf, recorder } from './recorder.ts';

function logged(error: unknown): Record<string, string[]> {
  const { log, fields } = recorder();
  log.error(error as Error); // some are not
  return fields();
}

function withStack<E extends Error>(error: E, stack: unknown): E {
  return Object.defineProperty(error, 'stack', { value: stack });
}

describe('an error as the message', () => {
  it('has its message, and beside it what can be searched for', () => {
    const error = withStack(
      Object.assign(new TypeError('cannot connect'), { code: 'ECONNREFUSED', errno: -111, syscall: 'connect' }),
      'TypeError: cannot connect\n    at dial (/srv/app/net.js:12:34)\n    at main (/srv/app/main.js:5:6)',
    );
    expect(logged(error)).toEqual({
      MESSAGE: ['cannot connect'],
      ERROR_NAME: ['TypeError'],
      ERROR_CODE: ['ECONNREFUSED'],
      ERRNO: ['111'],
      SYSCALL: ['connect'],
      ERROR_STACK: [error.stack],
      CODE_FILE: ['/srv/app/net.js'],
      CODE_LINE: ['12'],
      CODE_FUNC: ['dial'],
    });
  });

  it('says where it was thrown', () => {
    function thrower(): Error {
      return new Error('here');
    }
    const fields = logged(thrower());
    const file = fileURLToPath(import.meta.url);
    expect(fields.CODE_FILE).toEqual([file]);
    expect(fields.CODE_FUNC).toEqual(['thrower']);
    const line = readFileSync(file, 'utf8').split('\n')[Number(fields.CODE_LINE?.[0]) - 1];
    expect(line).toContain(`return new Error('here')`);
  });

  it('has the name of its class, where that has set none', () => {
    class HttpError extends Error {}
    class Named extends Error {
      override name = 'Custom';
    }
    class Range extends RangeError {}
    const renamed = Object.assign(new HttpError('m'), { name: 'Error' });
    const names = [new HttpError('m'), new Named('m'), new Range('m'), renamed, new RangeError('m')].map(logged);
    expect(names.map(({ ERROR_NAME }) => ERROR_NAME?.[0])).toEqual([
      'HttpError',
      'Custom',
      'Range',
      'Error',
      'RangeError',
    ]);
  });

  it('has the name it inherits, where its class cannot be read', () => {
    const error = Object.defineProperty(new Error('m'), 'constructor', {
      get() {
        throw new Error('no');
      },
    });
    expect(logged(error).ERROR_NAME).toEqual(['Error']);
  });

  it('has the whole chain of causes in its stack', () => {
    const root = withStack(new Error('root'), 'Error: root\n    at a (/a.js:1:1)');
    const middle = withStack(new RangeError('middle', { cause: root }), 'RangeError: middle\n    at b (/b.js:2:2)');
    const fields = logged(withStack(new Error('top', { cause: middle }), 'Error: top\n    at c (/c.js:3:3)'));
    expect(fields.ERROR_STACK).toEqual([
      [
        'Error: top',
        '    at c (/c.js:3:3)',
        'Caused by: RangeError: middle',
        '    at b (/b.js:2:2)',
        'Caused by: Error: root',
        '    at a (/a.js:1:1)',
      ].join('\n'),
    ]);
    expect(fields.CODE_FILE).toEqual(['/c.js']);
  });

  it.each([
    ['text', 'text'],
    [{ status: 500 }, '{"status":500}'],
    [0, '0'],
    [false, 'false'],
  ])('may be caused by %j', (cause, text) => {
    expect(logged(withStack(new Error('m', { cause }), 'Error: m')).ERROR_STACK).toEqual([
      `Error: m\nCaused by: ${text}`,
    ]);
  });

  it('may be caused by itself', () => {
    const error = withStack(new Error('round'), 'Error: round');
    error.cause = withStack(new Error('trip', { cause: error }), 'Error: trip');
    expect(logged(error).ERROR_STACK).toEqual([
      'Error: round\nCaused by: Error: trip\nCaused by: Error: round [circular]',
    ]);
  });

  it('may have a thousand causes', () => {
    let error = new Error('0');
    for (let index = 1; index < 1000; index += 1) error = new Error(`${index}`, { cause: error });
    expect(logged(error).ERROR_STACK?.[0]?.match(/^Caused by: /gm)).toHaveLength(64);
  });

  it('may stand for several', () => {
    const errors = ['one', 'two'].map((message) => withStack(new Error(message), `Error: ${message}`));
    const error = withStack(new AggregateError([...errors, 'three'], 'all failed'), 'AggregateError: all failed');
    expect(logged(error).ERROR_STACK).toEqual([
      'AggregateError: all failed\nError 1 of 3: Error: one\nError 2 of 3: Error: two\nError 3 of 3: three',
    ]);
  });

  it('without a message has its name', () => {
    expect(logged(withStack(new TypeError(), undefined))).toEqual({
      MESSAGE: ['TypeError'],
      ERROR_NAME: ['TypeError'],
      ERROR_STACK: ['TypeError'],
    });
  });

  it('whose message has changed has the new one in the stack', () => {
    const error = withStack(new Error('before'), 'Error: before\n    at f (/f.js:1:1)');
    error.message = 'after';
    expect(logged(error).ERROR_STACK).toEqual(['Error: after\nError: before\n    at f (/f.js:1:1)']);
  });

  it('with several lines keeps them', () => {
    expect(logged(new Error('one\ntwo')).MESSAGE).toEqual(['one\ntwo']);
  });

  it.each<[string, () => unknown, Record<string, string[]>]>([
    [
      'DOMException',
      () => new DOMException('gone', 'AbortError'),
      { MESSAGE: ['gone'], ERROR_NAME: ['AbortError'], ERROR_CODE: ['20'] },
    ],
    [
      'of another realm',
      () => runInNewContext('new TypeError("far")'),
      { MESSAGE: ['far'], ERROR_NAME: ['TypeError'] },
    ],
    [
      'of another realm, as a cause',
      () => new Error('m', { cause: runInNewContext('new TypeError("far")') }),
      { ERROR_STACK: [expect.stringContaining('\nCaused by: TypeError: far')] },
    ],
    ['made of a prototype', () => Object.create(Error.prototype), { MESSAGE: ['Error'], ERROR_NAME: ['Error'] }],
    ['with a code that is a number', () => Object.assign(new Error('m'), { code: 7 }), { ERROR_CODE: ['7'] }],
  ])('%s is one, too', (_name, make, fields) => expect(logged(make())).toMatchObject(fields));

  it.each<[string, () => unknown]>([
    [
      'a getter that throws',
      () =>
        Object.defineProperty(new Error('m'), 'stack', {
          get: () => {
            throw new Error('no');
          },
        }),
    ],
    ['a message that is no string', () => Object.defineProperty(new Error('m'), 'message', { value: { a: 1 } })],
    [
      'a name that throws',
      () =>
        Object.defineProperty(new Error('m'), 'name', {
          get: () => {
            throw new Error('no');
          },
        }),
    ],
    [
      'errors that throw',
      () =>
        Object.defineProperty(new AggregateError([], 'm'), 'errors', {
          get: () => {
            throw new Error('no');
          },
        }),
    ],
    [
      'a proxy around it',
      () =>
        new Proxy(new Error('m'), {
          get: () => {
            throw new Error('no');
          },
        }),
    ],
    ['strange parts', () => Object.assign(new Error('m'), { code: {}, errno: 'x', syscall: 5, errors: 7 })],
  ])('with %s is no reason to throw', (_name, make) => {
    const fields = logged(make());
    expect(fields.MESSAGE).toHaveLength(1);
    expect(fields.ERROR_NAME).toHaveLength(1);
    expect(fields.ERROR_STACK).toHaveLength(1);
    expect(fields.ERRNO).toBeUndefined();
  });
});

describe('an error as a field', () => {
  it('says what it is, with its details beside it', () => {
    const error = withStack(Object.assign(new Error('bad'), { code: 'EBAD' }), 'Error: bad\n    at f (/f.js:1:1)');
    expect(fieldsOf({ error })).toEqual({
      ERROR: ['Error: bad'],
      ERROR_NAME: ['Error'],
      ERROR_CODE: ['EBAD'],
      ERROR_STACK: ['Error: bad\n    at f (/f.js:1:1)'],
      CODE_FILE: ['/f.js'],
      CODE_LINE: ['1'],
      CODE_FUNC: ['f'],
    });
  });
});

describe('the place in a stack', () => {
  it.each<[string, ReturnType<typeof codeLocation>]>([
    ['    at f (/a b/ü.js:12:34)', { file: '/a b/ü.js', line: '12', func: 'f' }],
    ['    at /a.js:12:34', { file: '/a.js', line: '12', func: undefined }],
    ['    at file:///a%20b.mjs:1:2', { file: '/a b.mjs', line: '1', func: undefined }],
    ['    at async f (file:///a.mjs:1:2)', { file: '/a.mjs', line: '1', func: 'f' }],
    ['    at async file:///a.mjs:1:2', { file: '/a.mjs', line: '1', func: undefined }],
    ['    at new Foo (/a.js:1:2)', { file: '/a.js', line: '1', func: 'new Foo' }],
    ['    at Foo.bar [as baz] (/a.js:1:2)', { file: '/a.js', line: '1', func: 'Foo.bar [as baz]' }],
    ['    at Object.<anonymous> (C:\\a.js:1:2)', { file: 'C:\\a.js', line: '1', func: 'Object.<anonymous>' }],
    ['    at node:internal/x:1:2\n    at g (/b.js:3:4)', { file: '/b.js', line: '3', func: 'g' }],
    ['    at f (node:net:1:2)', undefined],
    ['    at eval (eval at f (/a.js:1:2), <anonymous>:1:1)', undefined],
    ['    at Promise.all (index 0)', undefined],
    ['nothing', undefined],
    ['', undefined],
  ])('%j', (frames, place) => expect(codeLocation(`Error: m\n${frames}`, 'm')).toEqual(place));

  it('is not one that the message makes up', () => {
    const message = 'x\n    at evil (/etc/passwd:1:1)';
    expect(codeLocation(`Error: ${message}\n    at f (/a.js:1:2)`, message)).toMatchObject({ file: '/a.js' });
  });

  it('is that of the source where Node runs with source maps', () => {
    const map = Buffer.from(JSON.stringify({ version: 3, sources: ['/src/original.ts'], names: [], mappings: 'AAUA' }));
    const script = `console.log(new Error('m').stack)\n//# sourceMappingURL=data:application/json;base64,${map.toString('base64')}`;
    const { stdout } = spawnSync(process.execPath, ['--enable-source-maps', '--input-type=commonjs', '-'], {
      input: `const fs = require('fs'), path = require('os').tmpdir() + '/readyd-map-' + process.pid + '.js';
        fs.writeFileSync(path, ${JSON.stringify(script)}); try { require(path); } finally { fs.unlinkSync(path); }`,
      encoding: 'utf8',
    });
    expect(codeLocation(stdout, 'm')).toMatchObject({ file: '/src/original.ts', line: '11' });
  });
});
