// Every order of arguments that programs use for a log call, and the entry that journald gets.
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { some } from '../left-out.ts';
import { recorder } from './recorder.ts';

/** Calls the logger as a program without types does. */
function logged(...values: readonly unknown[]): Record<string, string[]> {
  const { log, fields } = recorder();
  (log.info as (...values: readonly unknown[]) => void)(...values);
  return fields();
}

const error = Object.assign(new TypeError('no answer'), { code: 'ECONNREFUSED', errno: -111, syscall: 'connect' });
const OF_ERROR = {
  ERROR_NAME: ['TypeError'],
  ERROR_CODE: ['ECONNREFUSED'],
  ERRNO: ['111'],
  SYSCALL: ['connect'],
  ERROR_STACK: [expect.stringMatching(/^TypeError: no answer\n +at /)],
  CODE_FILE: [expect.stringContaining('call.test.ts')],
  CODE_LINE: [expect.stringMatching(/^\d+$/)],
};

const NAMES = [
  'emergency',
  'alert',
  'critical',
  'fatal',
  'error',
  'warning',
  'warn',
  'notice',
  'info',
  'debug',
  'trace',
] as const;

describe('the arguments of a log call', () => {
  it.each<[string, readonly unknown[], Record<string, unknown>]>([
    ['a text', ['m'], { MESSAGE: ['m'] }],
    ['a text and fields', ['m', { requestId: 7 }], { MESSAGE: ['m'], REQUEST_ID: ['7'] }],
    ['fields and a text', [{ requestId: 7 }, 'm'], { MESSAGE: ['m'], REQUEST_ID: ['7'] }],
    ['fields alone', [{ requestId: 7 }], { MESSAGE: ['{"requestId":7}'], REQUEST_ID: ['7'] }],
    ['fields with a text', [{ requestId: 7, msg: 'm' }], { MESSAGE: ['m'], REQUEST_ID: ['7'] }],
    [
      'fields with an error',
      [{ err: error, a: 1 }],
      { MESSAGE: ['no answer'], A: ['1'], ERR: ['TypeError: no answer'], ...OF_ERROR },
    ],
    ['nothing and a text', [undefined, 'm'], { MESSAGE: ['m'] }],
    ['null and a text', [null, 'm'], { MESSAGE: ['m'] }],
    ['a number', [5, { a: 1 }], { MESSAGE: ['5'], A: ['1'] }],
    ['a list and a text', [[1, 2], 'm'], { MESSAGE: ['m'], FIELD: ['1', '2'] }],

    ['an error', [error], { MESSAGE: ['no answer'], ...OF_ERROR }],
    ['an error and fields', [error, { a: 1 }], { MESSAGE: ['no answer'], A: ['1'], ...OF_ERROR }],
    ['an error and a text', [error, 'm'], { MESSAGE: ['m'], ERROR: ['TypeError: no answer'], ...OF_ERROR }],
    ['a text and an error', ['m', error], { MESSAGE: ['m'], ERROR: ['TypeError: no answer'], ...OF_ERROR }],
    [
      'a text, an error and fields',
      ['m', error, { a: 1 }],
      { MESSAGE: ['m'], A: ['1'], ERROR: ['TypeError: no answer'], ...OF_ERROR },
    ],

    ['placeholders', ['%s took %d ms: %j', 'x', 12, { a: 1 }], { MESSAGE: ['x took 12 ms: {"a":1}'] }],
    ['a placeholder behind fields', [{ a: 1 }, 'took %d ms', 12], { MESSAGE: ['took 12 ms'], A: ['1'] }],
    ['a placeholder, fields behind the text', ['took %d ms', { a: 1 }, 12], { MESSAGE: ['took 12 ms'], A: ['1'] }],
    ['a placeholder, and fields last', ['took %d ms', 12, { a: 1 }], { MESSAGE: ['took 12 ms'], A: ['1'] }],
    ['a placeholder for an object, and fields last', ['%j', { o: 1 }, { a: 1 }], { MESSAGE: ['{"o":1}'], A: ['1'] }],
    [
      'a placeholder for an error',
      ['failed: %s', error],
      { MESSAGE: ['failed: TypeError: no answer'], ERROR: ['TypeError: no answer'], ...OF_ERROR },
    ],
    [
      'a placeholder behind an error',
      [error, 'failed: %s', 'x'],
      { MESSAGE: ['failed: x'], ERROR: ['TypeError: no answer'], ...OF_ERROR },
    ],
    ['more placeholders than values', ['%s and %s', 'x'], { MESSAGE: ['x and %s'] }],
    ['more values than placeholders', ['%s', 'x', 'y', 5], { MESSAGE: ['x'], FIELD: ['y', '5'] }],
    ['a percent sign of its own', ['100%% of %s', 'x'], { MESSAGE: ['100% of x'] }],
    ['a percent sign and no value', ['100%% %s'], { MESSAGE: ['100%% %s'] }],
    ['values without a placeholder', ['m', 'x', 5], { MESSAGE: ['m'], FIELD: ['x', '5'] }],
    ['a value that cannot be filled in', ['%j', 'x', { a: 1n }], { MESSAGE: ['"x"'], A: ['1'] }],
    ['an object that JSON.stringify refuses', ['%j %s', { a: 1n }, 'x'], { MESSAGE: ['{"a":"1"} x'] }],
    // The message may be the path of a request, with a % in it: the fields stay fields.
    ['a text from outside', ['GET /%d0%bf%o%j%s', { a: 1 }], { MESSAGE: ['GET /%d0%bf%o%j%s'], A: ['1'] }],

    ['NestJS', ['m', 'AppService'], { MESSAGE: ['m'], CONTEXT: ['AppService'] }],
    [
      'NestJS, an error',
      [error, undefined, 'ExceptionsHandler'],
      { MESSAGE: ['no answer'], CONTEXT: ['ExceptionsHandler'], ...OF_ERROR },
    ],
    [
      'NestJS, a stack',
      ['m', 'Error: no\n    at f (/srv/a.js:1:2)', 'AppService'],
      {
        MESSAGE: ['m'],
        CONTEXT: ['AppService'],
        ERROR: ['Error: no'],
        ERROR_NAME: ['Error'],
        ERROR_STACK: ['Error: no\n    at f (/srv/a.js:1:2)'],
        CODE_FILE: ['/srv/a.js'],
        CODE_LINE: ['1'],
        CODE_FUNC: ['f'],
      },
    ],
  ])('may be %s', (_, values, fields) => expect(logged(...values)).toEqual(fields));

  it('are the same for all levels', () => {
    const { log, fields } = recorder({ level: 'trace' });
    for (const name of NAMES) {
      log[name]({ a: name }, '%s', 'm');
      expect(fields()).toMatchObject({ MESSAGE: ['m'], A: [name] });
    }
    log.log('warn', { a: 1 }, '%s', 'm');
    expect(fields()).toEqual({ MESSAGE: ['m'], A: ['1'] });
  });

  it('may be anything: no call throws, and no call is lost', () => {
    fc.assert(
      fc.property(fc.array(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true })), (values) => {
        const { log, payloads } = recorder();
        (log.info as (...values: readonly unknown[]) => void)(...values);
        (log.log as (...values: readonly unknown[]) => void)(...values);
        return payloads.length === 2;
      }),
      { numRuns: some(2000) },
    );
  });

  it('give the message that pino makes of them', () => {
    const lines: string[] = [];
    const ours = recorder();
    const theirs = pino({}, { write: (line: string) => lines.push(line) });
    const text = fc.oneof(fc.string(), fc.constantFrom('%s', '%d and %s', 'a %j', '100%% %s', '%o', '%i%f', '%'));
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean());
    fc.assert(
      fc.property(fc.boolean(), text, fc.array(value, { maxLength: 3 }), (hasFields, message, values) => {
        // Without a value util.format() leaves %% as it is, and pino does not.
        fc.pre(values.length > 0 || !message.includes('%'));
        // For other placeholders, such as %c and %o, pino differs from util.format().
        fc.pre(!/%[^sd%]/.test(message));
        const call: readonly unknown[] = hasFields ? [{ a: 1 }, message, ...values] : [message, ...values];
        (ours.log.info as (...values: readonly unknown[]) => void)(...call);
        Reflect.apply(theirs.info, theirs, call);
        const { msg } = JSON.parse(lines.at(-1) ?? '') as { msg: string };
        expect(ours.fields().MESSAGE).toEqual([msg]);
      }),
    );
  });
});

describe('log() without a level, as NestJS calls it', () => {
  const log = (...values: readonly unknown[]): Record<string, string[]> => {
    const { log: journal, fields } = recorder();
    (journal.log as (...values: readonly unknown[]) => void)(...values);
    return fields();
  };

  it.each<[readonly unknown[], Record<string, unknown>]>([
    [
      ['Starting Nest application...', 'NestFactory'],
      { MESSAGE: ['Starting Nest application...'], CONTEXT: ['NestFactory'] },
    ],
    [['started', 'AppService'], { MESSAGE: ['started'], CONTEXT: ['AppService'] }],
    [['started'], { MESSAGE: ['started'] }],
    [[{ a: 1 }, 'AppService'], { MESSAGE: ['AppService'], A: ['1'] }],
    [['loud', 'm'], { MESSAGE: ['m'], READYD_NOTE: ['unknown level loud'] }],
    [['warn', 'm'], { MESSAGE: ['m'] }],
  ])('%j', (values, fields) => expect(log(...values)).toEqual(fields));
});

describe('the names of pino', () => {
  it.each([
    ['fatal', 2],
    ['warn', 4],
    ['trace', 7],
  ] as const)('%s has PRIORITY=%i', (name, priority) => {
    const { log, payloads } = recorder({ level: 'trace' });
    log[name]('m');
    log.log(name, 'm', { a: 1 });
    const level = name === 'trace' ? 'LEVEL=trace\n' : '';
    const entry = `SYSLOG_IDENTIFIER=test\nPRIORITY=${priority}\n${level}MESSAGE=m\n`;
    expect(payloads).toEqual([entry, `${entry}A=1\n`]);
  });

  it.each([
    ['silent', 0],
    ['emergency', 1],
    ['fatal', 4],
    ['warn', 7],
    ['info', 9],
    ['debug', 11],
    ['trace', 11],
  ] as const)('may be the level: with %s, %i of eleven are written', (level, count) => {
    for (const one of [recorder({ level }), recorder()]) {
      one.log.level = level;
      for (const name of NAMES) one.log[name]('m');
      one.log.silent('m');
      expect(one.payloads).toHaveLength(count);
      expect(one.log.level).toBe(level);
      expect(NAMES.filter((name) => one.log.isEnabled(name))).toHaveLength(count);
      expect(one.log.isEnabled('silent')).toBe(false);
    }
  });
});

describe('a child with options', () => {
  it('has its own level', () => {
    const { log, payloads } = recorder();
    const child = log.child({ a: 1 }, { level: 'warn' });
    child.info('no');
    child.warn('yes');
    log.child({}, { level: undefined, serializers: undefined }).info('yes');
    expect([payloads.length, child.level]).toEqual([2, 'warn']);
  });

  it('writes what its serializers make of a value, and those of its parent', () => {
    const { log, fields } = recorder();
    const serializers = { req: ({ url }: { url: string }) => ({ url }), secret: () => '[redacted]' };
    const child = log.child({ req: { url: '/a', headers: 1 } }, { serializers });
    child.info({ secret: 'x', b: 1 }, 'm');
    expect(fields()).toEqual({ MESSAGE: ['m'], REQ: ['{"url":"/a"}'], SECRET: ['[redacted]'], B: ['1'] });
    child.info('m', { secret: 'x' });
    expect(fields()).toMatchObject({ MESSAGE: ['m'], SECRET: ['[redacted]'] });
    child.child({}, { serializers: { b: () => 'B' } }).info({ secret: 'x', b: 1 });
    expect(fields()).toMatchObject({ MESSAGE: ['{"secret":"[redacted]","b":"B"}'], SECRET: ['[redacted]'], B: ['B'] });
    log.info('m', { secret: 'x' });
    expect(fields()).toEqual({ MESSAGE: ['m'], SECRET: ['x'] });
  });

  it('keeps the fields of an error that its serializer has made plain data of', () => {
    const { log, fields } = recorder();
    const child = log.child({}, { serializers: { err: pino.stdSerializers.err } });
    for (const call of [[error], [{ err: error }], [error, undefined, {}]]) {
      (child.error as (...values: readonly unknown[]) => void)(...call);
      expect(fields()).toEqual({ MESSAGE: ['no answer'], ERR: ['TypeError: no answer'], ...OF_ERROR });
    }
    child.error(error, 'm');
    expect(fields()).toEqual({ MESSAGE: ['m'], ERR: ['TypeError: no answer'], ...OF_ERROR });
  });

  it('says what a serializer threw', () => {
    const { log, fields } = recorder();
    const fail = () => {
      throw new Error('no way');
    };
    log.child({ a: 1 }, { serializers: { a: fail } }).info('m', { b: 1 });
    expect(fields()).toEqual({ MESSAGE: ['m'], A: ['[unreadable: no way]'], B: ['1'] });
  });

  it.each<[unknown, RegExp]>([
    [{ redact: ['a'] }, /redact/],
    [{ level: 'loud' }, /level/],
    [{ serializers: 5 }, /serializers/],
    [{ serializers: { a: 5 } }, /serializers.a/],
  ])('refuses %j, which may be there to keep a secret', (options, message) => {
    const { log } = recorder();
    expect(() => log.child({}, options as object)).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        code: 'SD_ERR_INVALID_ARG',
        message: expect.stringMatching(message),
      }),
    );
  });
});

describe('facility', () => {
  it.each<[number | string, string]>([
    [0, '0'],
    [23, '23'],
    ['kern', '0'],
    ['daemon', '3'],
    ['authpriv', '10'],
    ['ftp', '11'],
    ['local0', '16'],
    ['local7', '23'],
  ])('%s is SYSLOG_FACILITY=%s', (facility, number) => {
    const { log, fields } = recorder({ facility });
    log.info('m');
    expect(fields()).toEqual({ MESSAGE: ['m'], SYSLOG_FACILITY: [number] });
  });

  it.each([-1, 24, 1.5, Number.NaN, '', 'LOCAL0', 'local8', 'ntp', null, {}])('%j is none', (facility) => {
    expect(() => recorder({ facility: facility as string })).toThrow(
      expect.objectContaining({ code: 'SD_ERR_INVALID_ARG', message: expect.stringContaining('facility') }),
    );
  });
});
