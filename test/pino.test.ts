// The real pino writes, its current major version and the previous one; the test reads the entries that journald would get.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { pino as current } from 'pino';
import { pino as previous } from 'pino-previous';
import { describe, expect, test } from 'vitest';
import { type ChosenFormat, PinoStream } from '../src/adapters/pino-stream.ts';
import { pinoJournal } from '../src/pino.ts';
import { decodeText } from './journal/decoder.ts';
import { recorder } from './journal/recorder.ts';
import { LONG, testWith } from './left-out.ts';

function destination(chosen?: ChosenFormat) {
  const { log, payloads } = recorder();
  const entries = () => payloads.map((payload) => decodeText(Buffer.from(payload as string))); // of bytes alike
  return { stream: new PinoStream(log, chosen), entries, last: () => entries().at(-1) ?? {} };
}

const LEVELS = [
  ['trace', '7', ['trace']],
  ['debug', '7', undefined],
  ['info', '6', undefined],
  ['warn', '4', undefined],
  ['error', '3', undefined],
  ['fatal', '2', undefined],
] as const;

describe.each([
  ['10', current, 'pino'],
  ['9', previous as unknown as typeof current, 'pino-previous'], // the parts in use have the same types
])('pino %s', (major, pino, name) => {
  if (major === '9' && LONG !== undefined) {
    testWith(LONG, 'as pino 10', () => undefined);
    return;
  }

  test('is that major', () => {
    expect((pino as unknown as { version: string }).version).toMatch(new RegExp(`^${major}\\.`)); // its types leave it out
  });

  test.each(LEVELS)('%s is PRIORITY=%s', (level, priority, told) => {
    const { stream, last } = destination();
    pino({ level: 'trace' }, stream)[level]('hello');
    expect(last()).toEqual({
      SYSLOG_IDENTIFIER: ['test'],
      PRIORITY: [priority],
      MESSAGE: ['hello'],
      ...(told && { LEVEL: told }),
    });
  });

  test.each([
    ['a name of syslog', { notice: 35 }, 'notice', { PRIORITY: ['5'], LEVEL: undefined }],
    ['the nearest number', { chatty: 22 }, 'chatty', { PRIORITY: ['7'], LEVEL: ['chatty'] }],
    ['the one that matters more, halfway', { odd: 45 }, 'odd', { PRIORITY: ['3'], LEVEL: ['odd'] }],
    ['above all', { doom: 1000 }, 'doom', { PRIORITY: ['2'], LEVEL: ['doom'] }],
    ['chosen', { audit: 31 }, 'audit', { PRIORITY: ['1'], LEVEL: ['audit'] }],
  ])('a level of its own: %s', (_, customLevels, level, expected) => {
    const { stream, last } = destination({ priorities: { audit: 'alert' } });
    const log = pino<string>({ level: 'trace', customLevels }, stream);
    (log as unknown as Record<string, (text: string) => void>)[level]?.('hello');
    expect(last()).toMatchObject({ MESSAGE: ['hello'], PRIORITY: expected.PRIORITY });
    expect(last().LEVEL).toEqual(expected.LEVEL);
  });

  test('a level of a child alone', () => {
    const { stream, last } = destination();
    pino({}, stream)
      .child({}, { customLevels: { notice: 35 } })
      .notice('hello');
    expect(last()).toMatchObject({ PRIORITY: ['5'] });
  });

  test('a level that a formatter has renamed', () => {
    const { stream, last } = destination();
    const log = pino({ formatters: { level: (label) => ({ severity: label.toUpperCase() }) } }, stream);
    log.error('hello');
    expect(last()).toMatchObject({ PRIORITY: ['3'], SEVERITY: ['ERROR'] });
    expect(last()).not.toHaveProperty('TIME');
  });

  test('bindings, properties, serializers and nested objects are fields', () => {
    const { stream, last } = destination();
    const log = pino({ name: 'app', serializers: { user: (user: { id: number }) => user.id } }, stream);
    log
      .child({ requestId: 'r-1' })
      .info({ user: { id: 7 }, tags: ['a', 'b'], at: { x: 1 }, none: null }, 'took %d ms', 5);
    expect(last()).toEqual({
      SYSLOG_IDENTIFIER: ['test'],
      PRIORITY: ['6'],
      MESSAGE: ['took 5 ms'],
      NAME: ['app'],
      REQUEST_ID: ['r-1'],
      USER: ['7'],
      TAGS: ['a', 'b'],
      AT: ['{"x":1}'],
    });
  });

  test('what redaction has taken out stays out', () => {
    const { stream, last } = destination();
    pino({ redact: ['password', 'user.token'] }, stream).info({ password: 'p', user: { token: 't', id: 1 } }, 'hello');
    expect(last()).toMatchObject({ PASSWORD: ['[Redacted]'], USER: ['{"token":"[Redacted]","id":1}'] });
  });

  test('time, pid and hostname are the journal’s, but those of a call stay', () => {
    const { stream, last } = destination();
    pino({}, stream).info({ time: 5, pid: 1, hostname: 'elsewhere', level: 'x' }, 'hello');
    expect(last()).toMatchObject({ TIME: ['5'], PID: ['1'], HOSTNAME: ['elsewhere'], LEVEL: ['x'], PRIORITY: ['6'] });
  });

  test('numbers keep all of their digits', () => {
    const { stream, last } = destination();
    pino({}, stream).info({ id: 12_345_678_901_234_567_890n, text: '"12345678901234567890"', half: 0.5 }, 'hello');
    expect(last()).toMatchObject({
      ID: ['12345678901234567890'],
      TEXT: ['"12345678901234567890"'],
      HALF: ['0.5'],
    });
  });

  test('an error is ERROR_ fields, with what caused it', () => {
    const { stream, last } = destination();
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', errno: -111, syscall: 'connect' });
    const error = Object.assign(new TypeError('no database', { cause }), { code: 'E_DB', statusCode: 503 });
    pino({}, stream).error(error);
    expect(last()).toMatchObject({
      PRIORITY: ['3'],
      MESSAGE: ['no database'],
      ERR: ['TypeError: no database'],
      ERROR_NAME: ['TypeError'],
      ERROR_CODE: ['E_DB'],
      ERROR_STATUS_CODE: ['503'],
      CODE_FILE: [expect.stringMatching(/pino\.test\.ts$/)],
      CODE_LINE: [expect.stringMatching(/^\d+$/)],
    });
    expect(last().ERROR_STACK?.[0]).toMatch(
      /^TypeError: no database\n {4}at [\s\S]*caused by: Error: refused\n {4}at /,
    );
  });

  test('an error beside a message, and errno', () => {
    const { stream, last } = destination();
    const err = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', errno: -111, syscall: 'connect' });
    pino({}, stream).warn({ err, requestId: 'r' }, 'retrying');
    expect(last()).toMatchObject({
      MESSAGE: ['retrying'],
      ERR: ['Error: refused'],
      ERROR_CODE: ['ECONNREFUSED'],
      ERRNO: ['111'],
      SYSCALL: ['connect'],
      REQUEST_ID: ['r'],
    });
  });

  test('errors of an AggregateError are in the stack', () => {
    const { stream, last } = destination();
    pino({}, stream).error(new AggregateError([new Error('one'), new RangeError('two')], 'both'));
    expect(last()).toMatchObject({ MESSAGE: ['both'], ERROR_NAME: ['AggregateError'] });
    expect(last().ERROR_STACK?.[0]).toMatch(/Error 1 of 2: Error: one[\s\S]*Error 2 of 2: RangeError: two/);
  });

  test('custom keys for message and error, which pino announces, and for the rest, which it does not', () => {
    const { stream, last } = destination({ nestedKey: 'payload' });
    const log = pino({ messageKey: 'text', errorKey: 'problem', nestedKey: 'payload' }, stream);
    log.child({ a: 1 }).error({ a: 2, problem: new Error('broken') }, 'hello');
    expect(last()).toMatchObject({
      MESSAGE: ['hello'],
      PROBLEM: ['Error: broken'],
      ERROR_NAME: ['Error'],
      A: ['1', '2'],
    });
  });

  test('without a message, it is the error’s, or everything', () => {
    const { stream, entries } = destination();
    pino({}, stream).info({ a: 1, b: { c: 2 } });
    pino({ serializers: { err: () => ({ message: 'broken' }) } }, stream).info({ err: {} });
    expect(entries()).toMatchObject([
      { MESSAGE: ['{"a":1,"b":{"c":2}}'], A: ['1'], B: ['{"c":2}'] },
      { MESSAGE: ['broken'], ERROR_NAME: ['Error'] },
    ]);
  });

  test('a message of several lines forges nothing', () => {
    const { stream, last } = destination();
    pino({}, stream).info({ note: 'a\nPRIORITY=0' }, 'one\nMESSAGE=two\n');
    expect(last()).toMatchObject({ MESSAGE: ['one\nMESSAGE=two\n'], NOTE: ['a\nPRIORITY=0'], PRIORITY: ['6'] });
  });

  test('no key of a call decides what the logger or journald decides', () => {
    const { stream, last } = destination();
    const body = JSON.parse(`{"priority":7,"_priority":0,"syslogIdentifier":"sshd","messageId":"${'0'.repeat(32)}",
      "message_id":"x","message":"m","objectPid":1,"tid":2,"readydNote":"n","level":0}`);
    pino({}, stream).info(body, 'hello');
    expect(last()).toEqual({
      PRIORITY: ['6'],
      MESSAGE: ['hello'],
      SYSLOG_IDENTIFIER: ['test'],
      LEVEL: ['0'],
      FIELD_PRIORITY: ['7', '0'],
      FIELD_SYSLOG_IDENTIFIER: ['sshd'],
      FIELD_MESSAGE_ID: ['0'.repeat(32), 'x'],
      FIELD_MESSAGE: ['m'],
      FIELD_OBJECT_PID: ['1'],
      FIELD_TID: ['2'],
      FIELD_READYD_NOTE: ['n'],
    });
  });

  test('among several streams, with the level of each', () => {
    const { stream, entries } = destination();
    const log = pino({ level: 'trace' }, pino.multistream([{ level: 'error', stream }]));
    log.info('no');
    log.error('yes');
    expect(entries()).toMatchObject([{ MESSAGE: ['yes'], PRIORITY: ['3'] }]);
  });

  test('has its own level, which allows everything by default', () => {
    for (const [level, expected] of [
      [undefined, ['trace', 'warn']],
      ['warning', ['warn']],
    ] as const) {
      const lines: string[] = [];
      const fallback = new Writable({ write: (chunk, _, done) => done(void lines.push(String(chunk))) });
      const log = pino({ level: 'trace' }, pinoJournal({ connect: 'never', fallback, ...(level && { level }) }));
      log.trace('trace');
      log.warn('warn');
      expect(lines.map((line) => /(trace|warn)\n/.exec(line)?.[1])).toEqual(expected);
    }
  });

  test('flush calls back, and end closes', async () => {
    const { stream } = destination();
    const log = pino({}, stream);
    log.fatal('hello');
    await new Promise<void>((resolve) => log.flush(() => resolve()));
    await new Promise<void>((resolve) => stream.end(resolve));
    expect(stream.closed || stream.writableFinished).toBe(true);
  });

  const inWorker = (body: string, options: object = {}) =>
    node(`
      import { pino } from '${name}';
      const transport = pino.transport({
        target: 'readyd/pino',
        options: ${JSON.stringify({ fallback: 'json', connect: 'never', ...options })},
      });
      ${body}`);

  test('as a transport target it flushes at process.exit, and knows the program and its format', async () => {
    const lines = await inWorker(`
      const log = pino({ messageKey: 'text', customLevels: { notice: 35 } }, transport);
      for (let n = 0; n < 1000; n += 1) log.child({ requestId: n }).info('entry ' + n);
      log.notice(new Error('last'), 'bye');
      process.exit(0);`);
    expect(lines).toHaveLength(1001);
    expect(lines.map(({ REQUEST_ID }) => REQUEST_ID).slice(0, 1000)).toEqual(
      Array.from({ length: 1000 }, (_, n) => String(n)),
    );
    expect(lines.at(-1)).toMatchObject({ level: 'notice', message: 'bye', ERROR_NAME: 'Error' });
  });

  test.each([
    [
      'of a handler',
      `process.on('uncaughtException', (error) => { log.fatal(error, 'dying'); process.exit(0); }); throw new Error('boom');`,
    ],
    ['of a listener of exit', `process.on('exit', () => log.fatal(new Error('boom'), 'dying'));`],
    [
      'of a handler of SIGTERM',
      `
      process.on('SIGTERM', () => { log.fatal(new Error('boom'), 'dying'); process.exit(0); });
      setInterval(() => undefined, 1000);
      process.kill(process.pid, 'SIGTERM');`,
    ],
  ])('the last words %s arrive from a program that ends at once', async (_, program) => {
    const lines = await inWorker(`const log = pino(transport); log.info('one'); ${program}`);
    expect(lines).toMatchObject([{ message: 'one' }, { message: 'dying', level: 'critical', ERR: 'Error: boom' }]);
  });

  test('as one of several transport targets', async () => {
    const lines = await node(`
      import { pino } from '${name}';
      const options = { fallback: 'json', connect: 'never', identifier: 'several' };
      const log = pino(pino.transport({ targets: [
        { target: 'readyd/pino', level: 'error', options },
        { target: 'readyd/pino', level: 'info', options: { ...options, fallback: 'off' } },
      ] }));
      log.info('no');
      log.error({ requestId: 'r' }, 'yes');`);
    expect(lines).toMatchObject([{ level: 'error', message: 'yes', REQUEST_ID: 'r', SYSLOG_IDENTIFIER: 'several' }]);
  });

  test('a worker tells of an option that is unknown', async () => {
    await expect(inWorker(`pino(transport).info('hello');`, { colour: true })).rejects.toThrow(
      /cannot have a key "colour"/,
    );
  });
});

/** Runs a module in the package's folder; the lines of JSON on its stderr. */
async function node(script: string): Promise<Record<string, unknown>[]> {
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  return stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('lines of anybody', () => {
  test.each([
    ['no JSON', 'listening on 80', '6'],
    ['broken JSON', '{"level":50,"msg":"cu', '6'],
    ['JSON that is no object', '[1,2]', '6'],
    ['null', 'null', '6'],
    ['deeper than the stack', `{"level":50,"deep":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, undefined],
  ])('%s is not lost', (_, line, priority) => {
    const { stream, last } = destination();
    stream.write(`${line}\n`);
    expect(last().MESSAGE).toEqual([line.length > 100 ? expect.anything() : line]);
    if (priority !== undefined) expect(last().PRIORITY).toEqual([priority]);
  });

  test('lines may come in any pieces, and the last one without its end', async () => {
    const text = '{"level":50,"msg":"é🚀"}\n\n{"level":30,"msg":"two","__proto__":{"a":1}}\r\nthe rest';
    const { stream, entries } = destination();
    await pipeline(Readable.from([...Buffer.from(text)].map((byte) => Buffer.from([byte]))), stream);
    expect(entries()).toMatchObject([
      { MESSAGE: ['é🚀'], PRIORITY: ['3'] },
      { MESSAGE: ['two'], PROTO__: ['{"a":1}'] },
      { MESSAGE: ['the rest'] },
    ]);
  });

  test('a level by its name', () => {
    const { stream, last } = destination();
    stream.write('{"msg":"hello","level":"WARN"}\n');
    expect(last()).toMatchObject({ PRIORITY: ['4'], MESSAGE: ['hello'] });
  });
});

describe('options', () => {
  test.each([
    [{ level: 'loud' }, /level must be one of/],
    [{ messagekey: 'm' }, /cannot have a key "messagekey"/],
    [{ nestedKey: 1 }, /nestedKey must be a string/],
    [{ priorities: { audit: 'loud' } }, /priorities\.audit must be one of/],
    [{ connect: 'maybe' }, /connect must be one of/],
  ])('%j is refused', (options, message) => {
    expect(() => pinoJournal(options as object)).toThrow(
      expect.objectContaining({ code: 'SD_ERR_INVALID_ARG', message: expect.stringMatching(message) }),
    );
  });

  test('not connected, the entries go to the fallback', () => {
    const lines: string[] = [];
    const fallback = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const log = current(pinoJournal({ fallback, fields: { site: 'x' } }));
    log.warn({ requestId: 'r' }, 'hello');
    expect(lines).toEqual([expect.stringMatching(/WARNING +hello SITE=x REQUEST_ID=r\n$/)]);
  });
});

test('neither logger is needed, or loaded, by what readyd exports', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'readyd-alone-'));
  mkdirSync(join(cwd, 'node_modules'));
  symlinkSync(process.cwd(), join(cwd, 'node_modules/readyd'));
  // If Node keeps the path of the link, it does not find the packages beside the real folder.
  const options = ['--preserve-symlinks', '--input-type=commonjs'];
  const script = `
    for (const name of ['pino', 'winston']) try { require(name); process.exit(1) } catch {}
    const { journal } = require('readyd');
    const { default: transport, pinoJournal } = require('readyd/pino');
    const { JournalTransport } = require('readyd/winston');
    pinoJournal().write('{"level":30,"msg":"one"}\\n');
    new JournalTransport().write({ level: 'info', message: 'two' });
    console.log(typeof journal, typeof transport);`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...options, '-e', script], { cwd });
  rmSync(cwd, { recursive: true });
  expect(stdout).toBe('function function\n');
  expect(stderr.replaceAll(/^\S+ INFO +/gm, '')).toBe('one\ntwo\n');
});
