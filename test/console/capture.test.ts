// captureConsole() turns the output of a program into entries. Each case runs its own program, since a process has only one
// stdout and one stderr.
import { spawnSync } from 'node:child_process';
import { describe, expect, it, test } from 'vitest';
import { entriesOf, PACKAGE, run } from './captured.ts';

describe('console', () => {
  it('tells the level by its method', () => {
    expect(
      entriesOf(`
        console.log('l'); console.info('i'); console.debug('d'); console.warn('w'); console.error('e');
        console.assert(false, 'a'); console.count('c');`),
    ).toEqual([
      ['info', 'l'],
      ['info', 'i'],
      ['debug', 'd'],
      ['warning', 'w'],
      ['error', 'e'],
      ['warning', 'Assertion failed: a'],
      ['info', 'c: 1'],
    ]);
  });

  it('makes one entry of several lines, with the error among them as fields', () => {
    const entries = entriesOf(`console.error('no answer:', new TypeError('x')); console.log('a\\nb\\n');`);
    expect(entries[0]?.[0]).toBe('error');
    expect(entries[0]?.[1]).toMatch(/^no answer: TypeError: x\n {4}at /);
    expect(entries[0]?.[2]).toEqual({ error: 'TypeError' });
    expect(entries[1]).toEqual(['info', 'a\nb\n']);
    expect(entries).toHaveLength(2);
  });

  it('keeps a table and a group readable, and a trace one entry', () => {
    const entries = entriesOf(`
      console.table([{ a: 1 }]);
      console.group('outer'); console.log('inner\\nlines'); console.groupEnd();
      console.trace('here');`);
    expect(entries[0]?.[1].split('\n').length).toBeGreaterThan(4);
    expect(entries.slice(1, 3)).toEqual([
      ['info', 'outer'],
      ['info', '  inner\n  lines'],
    ]);
    expect(entries[3]?.slice(0, 2)).toEqual(['debug', expect.stringMatching(/^Trace: here\n/)]);
    expect(entries).toHaveLength(4);
  });

  it('leaves the level to the text where a logger prints by console.log, and to the method otherwise', () => {
    expect(entriesOf(`console.log('[warn] x'); console.error('[info] y'); console.log('<3>z');`)).toEqual([
      ['warning', '[warn] x'],
      ['error', '[info] y'],
      ['error', 'z'],
    ]);
  });

  it('leaves out the colours, and what is empty', () => {
    expect(entriesOf(`console.log('\\u001b[31mred\\u001b[0m'); console.log(''); console.log('\\u001b[0m');`)).toEqual([
      ['info', 'red'],
    ]);
  });
});

describe('the streams', () => {
  it('keep the order of all that is written', () => {
    expect(
      entriesOf(`
        import { writeSync } from 'node:fs';
        console.log('1'); process.stdout.write('2\\n'); writeSync(1, '3\\n'); fs.writeSync(2, Buffer.from('4\\n'));
        process.stderr.write(Buffer.from('5\\n')); console.error('6');`),
    ).toEqual([
      ['info', '1'],
      ['info', '2'],
      ['info', '3'],
      ['info', '4'],
      ['info', '5'],
      ['error', '6'],
    ]);
  });

  it('put lines together that are written in parts, also in the middle of a character', () => {
    expect(
      entriesOf(`
        process.stdout.write('a'); process.stdout.write('b\\nc'); console.log('d');
        const euro = Buffer.from('1 €\\n');
        process.stdout.write(euro.subarray(0, 3)); process.stdout.write(euro.subarray(3));
        process.stdout.write('YQo=', 'base64');
        process.stderr.write('no end');`),
    ).toEqual([
      ['info', 'ab'],
      ['info', 'cd'],
      ['info', '1 €'],
      ['info', 'a'],
      ['info', 'no end'],
    ]);
  });

  it('call back, and return what a stream with room returns', () => {
    expect(
      entriesOf(`
        const first = process.stdout.write('a\\n', () => {
          console.log('called back');
          fs.write(1, 'b\\n', (error, size, data) => console.log(error, size, JSON.stringify(data)));
        });
        console.log(first);`).map(([, message]) => message),
    ).toEqual(['a', 'true', 'called back', 'b', 'null 2 "b\\n"']);
  });

  it('give a callback null, as Node does, and keep no listener of console', () => {
    expect(
      entriesOf(`
        console.log('l');
        process.stdout.write('w\\n', (...args) => {
          console.error(JSON.stringify(args), process.stdout.listenerCount('error'), process.stderr.listenerCount('error'));
        });
        console.log('before');`),
    ).toEqual([
      ['info', 'l'],
      ['info', 'w'],
      ['info', 'before'],
      ['error', '[null] 0 0'],
    ]);
  });

  it('take what pino, bunyan and winston write as entries with fields', () => {
    const entries = entriesOf(`
      const write = (object) => process.stdout.write(JSON.stringify(object) + '\\n');
      write({ level: 50, time: Date.now(), pid: process.pid, hostname: 'h', requestId: 7, msg: 'pino' });
      write({ name: 'app', hostname: 'h', pid: process.pid, level: 40, msg: 'bunyan', time: '2026-11-28T16:00:00.000Z', v: 0 });
      write({ level: 'warn', message: 'winston', user: 'x', timestamp: 't' });
      write({ level: 30, time: 1, msg: 'error', err: { type: 'TypeError', message: 'x', stack: 'TypeError: x\\n    at f (a.js:1:2)' } });
      write({ level: 'high', message: 'no logger' });
      write({ severity: 3 });`);
    expect(entries.map(([level, message]) => [level, message])).toEqual([
      ['error', 'pino'],
      ['warning', 'bunyan'],
      ['warning', 'winston'],
      ['info', 'error'],
      ['info', '{"level":"high","message":"no logger"}'],
      ['info', '{"severity":3}'],
    ]);
    expect(entries[0]?.[2]).toMatchObject({ requestId: 7 });
    expect(entries[0]?.[2]).not.toHaveProperty('time');
    expect(entries[1]?.[2]).toMatchObject({ name: 'app' });
    expect(entries[1]?.[2]).not.toHaveProperty('v');
    expect(entries[2]?.[2]).toMatchObject({ user: 'x', timestamp: 't' });
    expect(entries[3]?.[2]).toEqual({ err: 'TypeError' });
  });

  it('let pass as it is what is no text, and what is data by its size', () => {
    const binary = run(
      `process.stdout.write(Buffer.from([0xff, 0xfe, 10])); fs.writeSync(2, Buffer.from([0xff, 10]));`,
    );
    expect(binary.entries).toEqual([]);
    expect([binary.stdout.length, binary.stderr.length]).toEqual([3, 2]);
    const large = run(`process.stdout.write('before'); process.stdout.write(('x'.repeat(99) + '\\n').repeat(1e5));`);
    expect(large.entries).toEqual([['info', 'before']]);
    expect(large.stdout).toHaveLength(1e7);
  });

  it('leave the mistakes of a caller to Node', () => {
    expect(
      entriesOf(`
        for (const wrong of [() => process.stdout.write(1), () => fs.writeSync(1, {}), () => fs.writeSync(1, Buffer.alloc(1), 5),
          () => process.stdout.write('x', 'no encoding')]) {
          try { wrong(); console.log('no error'); } catch (error) { console.log(error.code); }
        }`),
    ).toEqual([
      ['info', 'ERR_INVALID_ARG_TYPE'],
      ['info', 'ERR_INVALID_ARG_TYPE'],
      ['info', 'ERR_OUT_OF_RANGE'],
      ['info', 'ERR_UNKNOWN_ENCODING'],
    ]);
  });

  it('take nothing for a descriptor that was closed and is another file since', () => {
    const { entries, stdout } = run(`
      fs.closeSync(1);
      const fd = fs.openSync('/dev/null', 'w');
      console.error(fd, fs.writeSync(fd, 'data\\n'));`);
    expect({ entries, stdout }).toEqual({ entries: [['error', '1 5']], stdout: '' });
  });
});

describe('a program that replaces them itself', () => {
  it('process.stdout.write, before and after: both hear everything', () => {
    expect(
      entriesOf(`
        const heard = [];
        const original = process.stdout.write;
        process.stdout.write = function (...args) { heard.push(args[0]); return original.apply(this, args); };
        console.log('a');
        console.error(JSON.stringify(heard));
        capture[Symbol.dispose]();
        process.stdout.write = original;
        captureConsole(log);
        console.log('b');`),
    ).toEqual([
      ['info', 'a'],
      ['error', '["a\\n"]'],
      ['info', 'b'],
    ]);
  });

  it('console: what it writes is still an entry', () => {
    expect(
      entriesOf(`
        import { Console } from 'node:console';
        globalThis.console = new Console(process.stdout, process.stderr);
        console.error('[error] a'); console.log('b');`),
    ).toEqual([
      ['error', '[error] a'],
      ['info', 'b'],
    ]);
  });

  it('may have frozen what is to be replaced', () => {
    const { entries } = run(`console.log('a'); console.error('b');`, ['--frozen-intrinsics', '--no-warnings']);
    expect(entries.map(([, message]) => message)).toEqual(['a', 'b']);
  });
});

test('dispose puts everything back', () => {
  const { entries, stdout, stderr } = run(`
    console.log('a');
    const log1 = console.log;
    process.stdout.write('unfinished');
    capture[Symbol.dispose]();
    console.log('b'); process.stderr.write('c\\n'); fs.writeSync(1, 'd\\n');
    console.log(Object.hasOwn(process.stdout, 'write'), console.log === log1, fs.writeSync === raw);`);
  expect(entries).toEqual([
    ['info', 'a'],
    ['info', 'unfinished'],
  ]);
  expect({ stdout, stderr }).toEqual({ stdout: 'b\nd\nfalse false true\n', stderr: 'c\n' });
});

test('a journal that writes to stderr itself does not hear itself', () => {
  const script = `
    import { journal, captureConsole } from ${PACKAGE};
    using capture = captureConsole(journal({ fallback: 'json' }));
    console.warn('once');`;
  const source = script.replace('using capture', 'const capture');
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(JSON.parse(stderr)).toMatchObject({ message: 'once', level: 'warning' });
});

test('what is no journal is refused', async () => {
  const { captureConsole } = await import('../../src/console/capture.ts');
  for (const wrong of [undefined, null, 5, {}, console]) {
    expect(() => captureConsole(wrong as never)).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ARG' }));
  }
});

// Every line has its own number, so that the test sees a line that is lost, doubled or out of order. Some lines look like
// another field or entry.
test('any sequence of calls and writes arrives in order, none lost, none doubled, none forged', () => {
  const script = `
    import fc from ${JSON.stringify(import.meta.resolve('fast-check'))};
    import assert from 'node:assert/strict';
    const ENDS = ['', ' PRIORITY=0', ' \u001b[31mred\u001b[0m', ' \\u0000', ' MESSAGE=forged', ' é', ' %s'];
    const way = fc.constantFrom('log', 'warn', 'error', 'info', 'debug', 'stdout', 'stderr', 'byNumber');
    const step = fc.record({ way, lines: fc.integer({ min: 1, max: 3 }), end: fc.constantFrom(...ENDS) });
    let number = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        entries.length = 0;
        const wanted = [];
        for (const { way, lines, end } of steps) {
          const numbers = Array.from({ length: lines }, () => '#' + (number += 1));
          wanted.push(...numbers);
          const text = numbers.map((one) => one + end).join('\\n');
          if (way === 'stdout' || way === 'stderr') process[way].write(text + '\\n');
          else if (way === 'byNumber') fs.writeSync(1, text + '\\n');
          else console[way](text);
        }
        capture.flush?.();
        const arrived = entries.flatMap(([, message]) => message.match(/#\\d+/g) ?? []);
        assert.deepEqual(arrived, wanted);
        assert.ok(entries.every((entry) => entry.length === 2 && !entry[1].includes('\\u001b')));
        assert.equal(entries.map(([, message]) => message.split('\\n').length).reduce((sum, one) => sum + one), wanted.length);
      }),
      { numRuns: 300 },
    );
    console.log('done');`;
  const { entries, stdout, stderr } = run(script);
  expect({ last: entries.at(-1), stdout, stderr }).toEqual({ last: ['info', 'done'], stdout: '', stderr: '' });
});

test('the fields of log.run() are those of what is printed in it', () => {
  const script = `
    import { Writable } from 'node:stream';
    import { journal, captureConsole } from ${PACKAGE};
    const texts = [];
    const fallback = new Writable({ write: (chunk, _, done) => done(texts.push(String(chunk)) && null) });
    const log = journal({ connect: 'never', fallback });
    const capture = captureConsole(log);
    log.run({ requestId: 7 }, () => setTimeout(() => {
      console.warn('from a library');
      capture[Symbol.dispose]();
      process.stdout.write(texts.join(''));
    }, 1));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stdout).toMatch(/WARNING +from a library REQUEST_ID=7\n$/);
});
