// The real winston writes, its current major version and the previous one; the test reads the entries that journald would get.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import winston, { format } from 'winston';
import previous from 'winston-previous';
import { type StreamOptions, WinstonStream } from '../src/adapters/winston-stream.ts';
import { JournalTransport } from '../src/winston.ts';
import { decodeText } from './journal/decoder.ts';
import { recorder } from './journal/recorder.ts';

function destination(options: StreamOptions = {}) {
  const { log, payloads } = recorder();
  const entries = () => payloads.map((payload) => decodeText(Buffer.from(payload as string))); // of bytes alike
  return { transport: new WinstonStream(log, options), entries, last: () => entries().at(-1) ?? {} };
}

function logger(options: winston.LoggerOptions = {}, chosen: StreamOptions = {}) {
  const { transport, ...rest } = destination(chosen);
  return { log: winston.createLogger({ ...options, transports: [transport] }), transport, ...rest };
}

const NPM = [
  ['error', '3', undefined],
  ['warn', '4', undefined],
  ['info', '6', undefined],
  ['http', '6', ['http']],
  ['verbose', '7', ['verbose']],
  ['debug', '7', undefined],
  ['silly', '7', ['silly']],
] as const;
const SYSLOG = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug'];
const CLI = [
  ['error', '3'],
  ['warn', '4'],
  ['help', '6'],
  ['data', '6'],
  ['info', '6'],
  ['debug', '7'],
  ['prompt', '7'],
  ['verbose', '7'],
  ['input', '7'],
  ['silly', '7'],
];

describe('winston 3: levels', () => {
  test('is that major', () => {
    expect(winston.version).toMatch(/^3\./);
  });

  test.each(NPM)('%s of npm is PRIORITY=%s', (level, priority, told) => {
    const { log, last } = logger({ level: 'silly' });
    log.log(level, 'hello');
    const entry = { SYSLOG_IDENTIFIER: ['test'], PRIORITY: [priority], MESSAGE: ['hello'] };
    expect(last()).toEqual(told === undefined ? entry : { ...entry, LEVEL: told });
  });

  test.each(SYSLOG.map((level, priority) => [level, priority] as const))(
    '%s of syslog is PRIORITY=%s',
    (level, priority) => {
      const { log, last } = logger({ levels: winston.config.syslog.levels, level: 'debug' });
      log.log(level, 'hello');
      expect(last()).toEqual({ SYSLOG_IDENTIFIER: ['test'], PRIORITY: [String(priority)], MESSAGE: ['hello'] });
    },
  );

  test.each(CLI)('%s of cli is PRIORITY=%s', (level, priority) => {
    const { log, last } = logger({ levels: winston.config.cli.levels, level: 'silly' });
    log.log(level, 'hello');
    expect(last()).toMatchObject({ PRIORITY: [priority] });
  });

  test('custom levels count as the next known one, or as chosen', () => {
    const levels = { fatal: 0, bad: 1, warn: 2, audit: 3, told: 4, trace: 5, noise: 6 };
    const { log, entries } = logger({ levels, level: 'noise' }, { priorities: { audit: 'alert' } });
    for (const level of Object.keys(levels)) log.log(level, level);
    expect(entries().map(({ MESSAGE, PRIORITY, LEVEL }) => [MESSAGE?.[0], PRIORITY?.[0], LEVEL?.[0]])).toEqual([
      ['fatal', '2', undefined],
      ['bad', '4', 'bad'],
      ['warn', '4', undefined],
      ['audit', '1', 'audit'],
      ['told', '7', 'told'],
      ['trace', '7', 'trace'],
      ['noise', '6', 'noise'],
    ]);
  });

  test('colours around the level do no harm', () => {
    const { log, last } = logger({ format: format.colorize({ colors: { error: 'red' } }) });
    log.error('hello');
    expect(last()).toEqual({ SYSLOG_IDENTIFIER: ['test'], PRIORITY: ['3'], MESSAGE: ['hello'] });
  });

  test.each([
    ['colorize({ all: true })', format.colorize({ all: true })],
    ['simple()', format.combine(format.colorize({ all: true }), format.simple())],
    [
      'printf()',
      format.combine(
        format.colorize({ all: true }),
        format.printf(({ message }) => `> ${String(message)}`),
      ),
    ],
    ['cli()', format.cli()],
  ])('colours of format.%s stay out of the message', (_, one) => {
    const { log, last } = logger({ format: one });
    log.error('hello', { requestId: 'r' });
    expect(last()).toMatchObject({ PRIORITY: ['3'], MESSAGE: [expect.stringMatching(/^ *hello$/)], REQUEST_ID: ['r'] });
  });

  test('the level of the transport counts, then that of the logger; both may change', () => {
    const { log, transport, entries } = logger({ level: 'info' });
    log.debug('no');
    log.level = 'debug';
    log.debug('yes');
    transport.level = 'error';
    log.warn('no');
    log.error('yes');
    expect(entries().map(({ MESSAGE }) => MESSAGE)).toEqual([['yes'], ['yes']]);
    expect([log.isErrorEnabled(), log.isWarnEnabled()]).toEqual([true, false]);
  });

  test('silent is silent', () => {
    const { log, transport, entries } = logger({}, { silent: true });
    log.info('no');
    transport.silent = false;
    log.info('yes');
    expect(entries()).toMatchObject([{ MESSAGE: ['yes'] }]);
  });
});

describe('winston 3: fields', () => {
  test('metadata is fields, also of a child', () => {
    const { log, last } = logger({ defaultMeta: { service: 'shop' } });
    log.child({ requestId: 'r-1' }).info('hello', { user: { id: 7 }, tags: ['a', 'b'], at: new Date(0), none: null });
    expect(last()).toEqual({
      SYSLOG_IDENTIFIER: ['test'],
      PRIORITY: ['6'],
      MESSAGE: ['hello'],
      SERVICE: ['shop'],
      REQUEST_ID: ['r-1'],
      USER: ['{"id":7}'],
      TAGS: ['a', 'b'],
      AT: ['1970-01-01T00:00:00.000Z'],
    });
  });

  test.each([
    ['json', format.json()],
    ['simple', format.simple()],
    ['printf', format.printf(({ message }) => `formatted ${String(message)}`)],
  ])('format.%s() makes no text of them', (_, one) => {
    const { log, last } = logger({ format: one });
    log.info('hello', { requestId: 'r' });
    expect(last()).toMatchObject({ MESSAGE: ['hello'], REQUEST_ID: ['r'] });
  });

  test('format.splat() and format.timestamp()', () => {
    const { log, last } = logger({ format: format.combine(format.splat(), format.timestamp({ format: () => 'now' })) });
    log.info('took %d ms of %s', 5, 'time', { requestId: 'r' });
    expect(last()).toMatchObject({ MESSAGE: ['took 5 ms of time'], REQUEST_ID: ['r'], TIMESTAMP: ['now'] });
  });

  test('format.metadata(), also under another key', () => {
    const one = logger({ format: format.metadata() });
    one.log.info('hello', { requestId: 'r', metadata: 'x' });
    expect(one.last()).toMatchObject({ MESSAGE: ['hello'], REQUEST_ID: ['r'] });
    const other = logger({ format: format.metadata({ key: 'meta' }) }, { nestedKey: 'meta' });
    other.log.info('hello', { requestId: 'r' });
    expect(other.last()).toMatchObject({ MESSAGE: ['hello'], REQUEST_ID: ['r'] });
    expect(other.last()).not.toHaveProperty('META');
  });

  test('the format of the transport is applied, and may leave out', () => {
    const own = format((info) => (info.secret ? false : { ...info, added: 1 }))();
    const { log, entries } = logger({}, { format: own });
    log.info('no', { secret: true });
    log.info('yes');
    expect(entries()).toMatchObject([{ MESSAGE: ['yes'], ADDED: ['1'] }]);
  });

  test('a format of the transport that throws loses nothing', () => {
    const failing = format(() => {
      throw new Error('broken');
    })();
    const { log, last } = logger({}, { format: failing });
    log.error(new Error('boom'));
    expect(last()).toMatchObject({
      MESSAGE: ['boom'],
      READYD_NOTE: [expect.stringContaining('broken')],
      PRIORITY: ['3'],
    });
  });

  test('no key of a call decides what the logger or journald decides', () => {
    const { log, last } = logger();
    const body = JSON.parse(`{"priority":7,"_priority":0,"syslogIdentifier":"sshd","messageId":"${'0'.repeat(32)}",
      "objectPid":1,"tid":2,"readydNote":"n"}`);
    const fields = {
      FIELD_PRIORITY: ['7', '0'],
      FIELD_SYSLOG_IDENTIFIER: ['sshd'],
      FIELD_MESSAGE_ID: ['0'.repeat(32)],
      FIELD_OBJECT_PID: ['1'],
      FIELD_TID: ['2'],
      FIELD_READYD_NOTE: ['n'],
    };
    log.info('hello', body);
    expect(last()).toEqual({ PRIORITY: ['6'], MESSAGE: ['hello'], SYSLOG_IDENTIFIER: ['test'], ...fields });
    log.info('hello', { metadata: body });
    expect(last()).toEqual({ PRIORITY: ['6'], MESSAGE: ['hello'], SYSLOG_IDENTIFIER: ['test'], ...fields });
    log.error(Object.assign(new Error('boom'), body));
    expect(last()).toMatchObject({ PRIORITY: ['3'], MESSAGE: ['boom'], SYSLOG_IDENTIFIER: ['test'], ...fields });
  });

  test('a note of the transport arrives with a short entry, too', () => {
    const { log, last } = logger(
      {},
      {
        format: format(() => {
          throw new Error('broken');
        })(),
      },
    );
    log.info('m');
    expect(last()).toMatchObject({ MESSAGE: ['m'], READYD_NOTE: [expect.stringContaining('broken')] });
  });

  test('an object in place of the message is fields', () => {
    const { log, last } = logger();
    log.info({ requestId: 'r', n: 1 });
    expect(last()).toMatchObject({ MESSAGE: ['{"requestId":"r","n":1}'], REQUEST_ID: ['r'], N: ['1'] });
    log.log({ level: 'warn', message: 'hello', requestId: 'r' });
    expect(last()).toMatchObject({ MESSAGE: ['hello'], REQUEST_ID: ['r'], PRIORITY: ['4'] });
  });

  test.each([[''], [0], [false], [null], [undefined], [Symbol('s')], [10n]])('the message %o', (message) => {
    const { log, last } = logger();
    log.info(message);
    expect(last().MESSAGE).toHaveLength(1);
  });

  test('properties that throw lose nothing else', () => {
    const { transport, last } = destination();
    transport.write({
      level: 'error',
      message: 'hello',
      get bad() {
        throw new Error('no');
      },
    });
    expect(last()).toMatchObject({ MESSAGE: ['hello'], BAD: ['[unreadable: no]'], PRIORITY: ['3'] });
  });
});

describe('winston 3: errors', () => {
  const make = () => {
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    return Object.assign(new TypeError('no database', { cause }), { code: 'E_DB', errno: -5, statusCode: 503 });
  };
  const details = {
    PRIORITY: ['3'],
    ERROR_NAME: ['TypeError'],
    ERROR_CODE: ['E_DB'],
    ERRNO: ['5'],
    STATUS_CODE: ['503'],
    CODE_FILE: [expect.stringMatching(/winston\.test\.ts$/)],
    ERROR_STACK: [expect.stringMatching(/^TypeError: no database\n {4}at [\s\S]*Caused by: Error: refused\n {4}at /)],
  };

  test.each([
    ['alone', (log: winston.Logger) => log.error(make()), 'no database'],
    [
      'as the message',
      (log: winston.Logger) => log.log({ level: 'error', message: make() as unknown as string }),
      'no database',
    ],
    ['beside a message', (log: winston.Logger) => log.error('failed', make()), 'failed no database'],
    ['of a child', (log: winston.Logger) => log.child({}).error(make()), 'no database'],
    [
      'beside a message, of a child',
      (log: winston.Logger) => log.child({}).error('failed', make()),
      'failed no database',
    ],
  ])('%s', (_, write, message) => {
    const { log, last } = logger();
    write(log);
    expect(last()).toMatchObject({
      ...details,
      ERROR_STACK: [expect.stringMatching(/^TypeError: no database\n {4}at /)],
    });
    expect(last().MESSAGE).toEqual([message]);
    for (const name of ['STACK', 'CAUSE', 'CODE']) expect(last()).not.toHaveProperty(name);
  });

  test.each([
    ['alone', (log: winston.Logger) => log.error(make())],
    ['with format.errors()', (log: winston.Logger) => log.error(make()), format.errors({ stack: true, cause: true })],
    [
      'with a format of the transport',
      (log: winston.Logger) => log.error(make()),
      undefined,
      format.errors({ stack: true }),
    ],
  ])(
    'the stack is that of the causes, too: %s',
    (_, write, one?: winston.Logform.Format, own?: winston.Logform.Format) => {
      const { log, last } = logger(one === undefined ? {} : { format: one }, own === undefined ? {} : { format: own });
      write(log);
      expect(last()).toMatchObject({ MESSAGE: ['no database'], ERROR_NAME: ['TypeError'], ERROR_CODE: ['E_DB'] });
      expect(last().ERROR_STACK?.[0]).toMatch(/Caused by: Error: refused/);
    },
  );

  test('as a property', () => {
    const { log, last } = logger();
    log.warn('retrying', { reason: make() });
    expect(last()).toMatchObject({ MESSAGE: ['retrying'], REASON: ['TypeError: no database'], ERROR_CODE: ['E_DB'] });
  });
});

describe('winston 3: the end', () => {
  test('logger.end() finishes the transport', async () => {
    const { log, transport } = logger();
    log.info('hello');
    const finished = new Promise((resolve) => log.once('finish', resolve));
    log.end();
    await finished;
    expect(transport.writableFinished).toBe(true);
  });

  test('a transport that was taken off can be added again', () => {
    const { log, transport, entries } = logger();
    log.remove(transport);
    const other = winston.createLogger({ level: 'error', transports: [transport] });
    other.warn('no');
    other.error('yes');
    log.close();
    expect(entries()).toMatchObject([{ MESSAGE: ['yes'] }]);
  });

  test("'logged' is emitted for those who listen", async () => {
    const { log, transport } = logger();
    const logged = new Promise((resolve) => transport.once('logged', resolve));
    log.info('hello', { a: 1 });
    expect(await logged).toMatchObject({ message: 'hello', a: 1 });
  });

  test.each([
    ['exceptions', 'throw new TypeError("boom\\nand more");', 'uncaughtException', { EXCEPTION: 'true' }],
    ['rejections', 'Promise.reject(new TypeError("boom\\nand more"));', 'unhandledRejection', { REJECTION: 'true' }],
  ])('%s are written when it is asked to', async (kind, statement, title, extra) => {
    const option = kind === 'exceptions' ? 'handleExceptions' : 'handleRejections';
    const { lines } = await node(`
      import winston from 'winston';
      import { JournalTransport } from 'readyd/winston';
      const transport = new JournalTransport({ connect: 'never', fallback: 'json', ${option}: true });
      winston.createLogger({ transports: [transport], exitOnError: false });
      ${statement}`);
    expect(lines).toMatchObject([
      { level: 'error', message: `${title}: boom\nand more`, ERROR_NAME: 'TypeError', ...extra },
    ]);
    expect(lines[0]).not.toHaveProperty('TRACE');
    expect(lines[0]).toHaveProperty('PROCESS');
  });
});

describe('winston 2', () => {
  function old(options: previous.LoggerOptions = {}, chosen: StreamOptions = {}) {
    const { transport, ...rest } = destination(chosen);
    const instance = transport as unknown as previous.TransportInstance; // its types ask for what its loggers do not
    return { log: new previous.Logger({ ...options, transports: [instance] }), transport, ...rest };
  }

  test('is that major', () => {
    expect((previous as unknown as { version: string }).version).toMatch(/^2\./); // its types leave it out
  });

  test('levels of npm and syslog', () => {
    const npm = old({ level: 'silly' });
    for (const level of ['error', 'warn', 'info', 'verbose', 'debug', 'silly']) npm.log.log(level, 'hello');
    expect(npm.entries().map(({ PRIORITY }) => PRIORITY?.[0])).toEqual(['3', '4', '6', '7', '7', '7']);
    const syslog = old({ level: 'debug', levels: previous.config.syslog.levels });
    for (const level of SYSLOG) syslog.log.log(level, 'hello');
    expect(syslog.entries().map(({ PRIORITY }) => PRIORITY?.[0])).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  });

  test('metadata and splat', async () => {
    const { log, last } = old();
    await new Promise<void>((resolve) =>
      log.info('took %d ms', 5, { requestId: 'r', user: { id: 7 } }, () => resolve()),
    );
    expect(last()).toEqual({
      SYSLOG_IDENTIFIER: ['test'],
      PRIORITY: ['6'],
      MESSAGE: ['took 5 ms'],
      REQUEST_ID: ['r'],
      USER: ['{"id":7}'],
    });
  });

  test('errors', () => {
    const { log, entries } = old();
    log.error('failed', new TypeError('boom'));
    log.error(new TypeError('boom') as unknown as string);
    expect(entries()).toMatchObject([
      { MESSAGE: ['failed'], ERROR: ['TypeError: boom'], ERROR_NAME: ['TypeError'] },
      { MESSAGE: ['boom'], ERROR_NAME: ['TypeError'] },
    ]);
  });

  test('level and silent of the transport', () => {
    const { log, transport, entries } = old({}, { level: 'error' });
    log.warn('no');
    log.error('yes');
    transport.silent = true;
    log.error('no');
    log.remove(transport as unknown as string);
    expect(entries()).toMatchObject([{ MESSAGE: ['yes'] }]);
  });

  test('its add() makes the transport, and an exception ends the process after it was written', async () => {
    const { lines, code } = await node(`
      import winston from 'winston-previous';
      import { JournalTransport } from 'readyd/winston';
      const log = new winston.Logger();
      log.add(JournalTransport, { connect: 'never', fallback: 'json', handleExceptions: true });
      setTimeout(() => { throw new TypeError('boom'); });`);
    expect(lines).toMatchObject([{ level: 'error', message: 'uncaughtException: boom', ERROR_NAME: 'TypeError' }]);
    expect(code).toBe(1);
  });
});

/** Runs a module in the package's folder: the lines of JSON on its stderr, and how it ended. */
async function node(script: string): Promise<{ lines: Record<string, unknown>[]; code: number }> {
  const child = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const { stderr, code } = await child.then(
    ({ stderr }) => ({ stderr, code: 0 }),
    (error: { stderr: string; code: number }) => error,
  );
  const lines = stderr.split('\n').filter((line) => line !== '');
  return { lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>), code };
}

describe('options', () => {
  test.each([
    [{ colorize: true }, /cannot have a key "colorize"/],
    [{ level: 3 }, /level must be a string/],
    [{ silent: 'yes' }, /silent must be true or false/],
    [{ format: {} }, /format must have a function transform/],
    [{ priorities: { audit: 'loud' } }, /priorities\.audit must be one of/],
    [{ fallback: 'loud' }, /fallback must be one of/],
  ])('%j is refused', (options, message) => {
    expect(() => new JournalTransport(options as object)).toThrow(
      expect.objectContaining({ code: 'SD_ERR_INVALID_ARG', message: expect.stringMatching(message) }),
    );
  });
});
