// The worst that a string, an argument, a worker or a descriptor can do to a program. The work for the worst text of a million
// characters is linear: quadratic work would take hours, and the tests would time out.
import { EventEmitter } from 'node:events';
import { closeSync, fstatSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readLine } from '../src/adapters/pino-line.ts';
import { WinstonStream } from '../src/adapters/winston-stream.ts';
import { match } from '../src/auto/match.ts';
import { readSettings } from '../src/auto/settings.ts';
import { programPath, scriptOf, withoutPrefixes } from '../src/cli/doctor/commands.ts';
import { hear } from '../src/cluster-channel.ts';
import { quote } from '../src/errors.ts';
import * as readyd from '../src/index.ts';
import { codeLocation } from '../src/journal/code-location.ts';
import { errorOf, headingOf } from '../src/journal/error-like.ts';
import { fieldName } from '../src/journal/field-name.ts';
import { StreamLines } from '../src/manager/stream-lines.ts';
import { encodeStatus } from '../src/notify/status-text.ts';
import { pinoJournal } from '../src/pino.ts';
import { PoolMember } from '../src/service/pool-member.ts';
import { isRequest } from '../src/sockets/cluster.ts';
import { identify, mayBeOfNode } from '../src/sockets/inspect.ts';
import { PassedFd } from '../src/sockets/listen-fd.ts';
import { parseEnvironmentFile } from '../src/unit-file/environment-file.ts';
import { filesMatching } from '../src/unit-file/glob.ts';
import { JournalTransport } from '../src/winston.ts';
import { recorder } from './journal/recorder.ts';

const N = 1_000_000;
const LINE_FORMAT = { messageKey: 'msg', errorKey: 'err', nestedKey: undefined, labels: {}, priorities: {} };

const COMMAND = { setting: 'ExecStart', path: '/x', argv: [], ignoresErrors: false, code: '', status: 0 } as const;

describe('a text of a million characters', () => {
  it.each<[string, string]>([
    ['line breaks', '\n'.repeat(N)],
    ['blanks', ' '.repeat(N)],
    ['line breaks and blanks', '\n '.repeat(N / 2)],
    ['what only looks like frames', '\n at'.repeat(N / 4)],
    ['brackets', `E${' ['.repeat(N / 2)}`],
    ['one word', 'x'.repeat(N)],
    ['colons', `E${': '.repeat(N / 2)}`],
    ['numbers', `    at /${':1'.repeat(N / 2)}`],
    ['digits', '1'.repeat(N)],
    ['quotation marks', '"'.repeat(N)],
    ['escaped quotation marks', `{"${'\\"'.repeat(N / 2)}`],
    ['backslashes', `{"a":"${'\\'.repeat(N)}`],
    ['escapes of a terminal', '\u001b['.repeat(N / 2)],
    ['percent signs', '%s'.repeat(N / 2)],
    ['underscores', '_'.repeat(N)],
    ['lone surrogates', '\ud800'.repeat(N)],
  ])('costs no more than its length: %s', (_, text) => {
    headingOf(text);
    headingOf(`Error: ${text}`);
    codeLocation(`Error: x\n${text}`, 'x');
    codeLocation(text, text.slice(0, N / 2));
    readLine(text, LINE_FORMAT);
    readLine(JSON.stringify({ level: 30, msg: text, [text]: 1 }).replace('30', '12345678901234567890'), LINE_FORMAT);
    expect(fieldName(text).length).toBeLessThanOrEqual(64);
    expect(quote(text).length).toBeLessThan(700);
    expect(encodeStatus(text, 4096)?.length).toBeLessThanOrEqual(4096);
    const { log, payloads } = recorder();
    log.info(text);
    log.error(text, text as never);
    log.error('message', text, text);
    log.info(errorOf({ name: text, message: text, stack: `Error: ${text}\n    at f (/f.js:1:2)` }), { [text]: text });
    expect(payloads).toHaveLength(4);
  });
});

describe('a million characters that are not the end', () => {
  const socket = { name: 'x', address: { path: '@x' }, served: false };
  it.each<[string, () => unknown]>([
    [
      'blanks in the output of a service',
      // As long as a line may be, and as many as 48 million characters.
      () => new StreamLines(() => undefined).write(Buffer.from(`${' '.repeat(48_000)}x\n`.repeat(N / 1000))),
    ],
    ['tabs in the key of an environment file', () => parseEnvironmentFile(`KEY${'\t'.repeat(N)}x=1\n`)],
    ['brackets in the pattern for such files', () => filesMatching(`/${'['.repeat(N)}`)],
    ['NUL characters in an abstract name', () => match({ kind: 'path', path: `\0${'\0'.repeat(N)}x` }, [socket], [])],
    ['semicolons in a command', () => programPath([{ ...COMMAND, argv: ['node', `${';'.repeat(N)}x`] }], '/')],
  ])('cost no more than their length: %s', (_, run) => {
    run();
  });
});

describe('the heading of a stack', () => {
  it.each([
    ['Error', 'Error', ''],
    ['Error: m', 'Error', 'm'],
    ['TypeError [E_CODE]: m\n    at f (/f.js:1:2)', 'TypeError', 'm'],
    ['Error: one\ntwo\n\n    at f (/f.js:1:2)\n    at g', 'Error', 'one\ntwo\n'],
    ['Error\n    at f', 'Error', ''],
    ['a.b$: m', 'a.b$', 'm'],
    ['no heading at all', 'Error', ''],
    ['Error: it is at home', 'Error', 'it is at home'],
  ])('of %j', (stack, name, message) => expect(headingOf(stack)).toEqual({ name, message }));
});

describe('a long number in a line of pino', () => {
  it.each<[string, Record<string, unknown>]>([
    ['{"level":30,"a":12345678901234567890}', { a: '12345678901234567890' }],
    ['{"level":30,"a":"\\"12345678901234567890"}', { a: '"12345678901234567890' }],
    [
      '{"level":30,"a\\\\":-0.12345678901234567,"b":[1234567890123456]}',
      { 'a\\': '-0.12345678901234567', b: [1234567890123456] },
    ],
  ])('keeps its digits: %s', (line, fields) => expect(readLine(line, LINE_FORMAT).fields).toMatchObject(fields));
});

const revoked = (): never => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy as never;
};
const throwing = (): never =>
  new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('no');
      },
      get: () => {
        throw new Error('no');
      },
    },
  ) as never;
const bytes = (): never => new Uint8Array(10_000_000) as never;
const boxed = (): never => Object('x'.repeat(N)) as never;
const huge = (): never => (1n << 100_000_000n) as never;

describe.each([
  ['a proxy that is revoked', revoked],
  ['a proxy that throws', throwing],
  ['ten million bytes', bytes],
  ['a boxed text', boxed],
  ['a number of a hundred million bits', huge],
])('%s', (_, make) => {
  it.each<[string, () => unknown]>([
    ['notify()', () => readyd.notify(make())],
    ['notify() with options', () => readyd.notify({ ready: true }, make())],
    ['notify() with fds', () => readyd.notify({ ready: true }, { fds: make() })],
    ['notify() with fields', () => readyd.notify({ fields: make() })],
    ['notify() with a pid', () => readyd.notify({ mainPid: make() })],
    ['notifySync()', () => readyd.notifySync(make())],
    ['barrier()', () => readyd.barrier(make())],
    ['barrier() with a signal', () => readyd.barrier({ signal: make() })],
    ['watchdog()', () => readyd.watchdog(make())],
    ['watchdog() with checks', () => readyd.watchdog({ checks: make() })],
    ['journal()', () => readyd.journal(make())],
    ['sendEntry()', () => readyd.sendEntry(make())],
    ['sendEntry() of one', () => readyd.sendEntry([make()])],
    ['sendEntry() of a message id', () => readyd.sendEntry([['MESSAGE_ID', make()]])],
    ['drain()', () => readyd.drain(make())],
    ['drain() with options', () => readyd.drain(createServer(), make())],
    ['onIdle()', () => readyd.onIdle(make(), { timeout: 1 }, () => undefined)],
    ['listen() with a target', () => readyd.listen(createServer(), make())],
    ['listenTarget()', () => readyd.listenTarget(make())],
    ['workerPool()', () => readyd.workerPool(make())],
    ['service()', () => readyd.service(make())],
    ['reload()', () => readyd.reload(make())],
    ['pinoJournal()', () => pinoJournal(make())],
    ['JournalTransport', () => new JournalTransport(make())],
    ['fdStore.put()', () => readyd.fdStore.put('x', make())],
  ])('is SD_ERR_INVALID_ARG for %s', async (__, call) => {
    await expect((async () => await call())()).rejects.toMatchObject({ code: 'SD_ERR_INVALID_ARG' });
  });
});

it('ten million bytes are refused before their keys are listed', async () => {
  const given = bytes();
  const spies = [
    vi.spyOn(Object, 'keys'),
    vi.spyOn(Object, 'entries'),
    vi.spyOn(Object, 'values'),
    vi.spyOn(Object, 'assign'),
    vi.spyOn(Object, 'getOwnPropertyDescriptors'),
    vi.spyOn(Reflect, 'ownKeys'),
  ];
  const calls = [
    () => readyd.notify(given),
    () => readyd.notify({ ready: true }, given),
    () => readyd.barrier(given),
    () => readyd.watchdog(given),
    () => readyd.journal(given),
    () => readyd.workerPool(given),
    () => readyd.service(given),
    () => pinoJournal(given),
    () => new JournalTransport(given),
  ];
  for (const call of calls) await expect((async () => await call())()).rejects.toThrow(TypeError);
  const listed = spies.flatMap((spy) => spy.mock.calls).filter((args) => (args as unknown[]).includes(given));
  vi.restoreAllMocks();
  expect(listed).toEqual([]);
});

it.each<[string, unknown]>([
  ['an iterator that is not a function', { [Symbol.iterator]: 5 }],
  ['a message id without a text', [['MESSAGE_ID', Object.create(null)]]],
  ['a message id that is a symbol', [['MESSAGE_ID', Symbol('x')]]],
])('sendEntry() refuses %s', async (_, fields) => {
  await expect(readyd.sendEntry(fields as never)).rejects.toMatchObject({ code: 'SD_ERR_INVALID_ARG' });
});

it.each([
  ['drain()', (server: never) => readyd.drain(server)],
  ['onIdle()', (server: never) => readyd.onIdle(server, { timeout: 1 }, () => undefined)],
])('%s refuses an object that only looks like a server', async (_, call) => {
  const lookalike = { close() {}, getConnections() {}, on() {} } as never;
  await expect((async () => await call(lookalike))()).rejects.toMatchObject({ code: 'SD_ERR_INVALID_ARG' });
});

describe('reload()', () => {
  const thenable = (then: (done: () => void, failed: (error: Error) => void) => void) =>
    // oxlint-disable-next-line unicorn/no-thenable -- that it has one is what is tested
    Object.defineProperty({}, 'then', { value: then });
  it.each([
    ['never settles', thenable(() => undefined)],
    ['throws', thenable(throwing)],
    ['rejects', thenable((_, failed) => failed(new Error('no')))],
  ])('lets the next reload run after work that throws a thenable that %s', async (_, thrown) => {
    const caught = await new Promise((resolve) => {
      void readyd
        .reload(() => {
          throw thrown;
        })
        .then(undefined, (error: unknown) => resolve([error]));
    });
    expect(caught).toEqual([thrown]);
    await expect(readyd.reload(() => 7)).resolves.toBe(7);
  });
});

describe('a message from a worker to the primary', () => {
  const hostile: unknown[] = [
    undefined,
    null,
    1,
    '',
    [],
    {},
    { id: 1 },
    { id: 1, want: 'listener' },
    { id: 1, want: '__proto__', used: [] },
    { id: 1, want: 'constructor', used: [] },
    { id: 1, want: 'listener', used: {} },
    { id: 1, want: 'listener', used: ['x'] },
    { id: 1, want: 'listener', used: [], name: {} },
    { id: {}, want: 'listener', used: [] },
    { id: 1, want: 'listener', used: [], backlog: 'x' },
    { id: 1, want: 'listener', used: new Array(1e6) },
  ];

  it.each(hostile.map((message, index) => [index, message] as const))(
    'is ignored if it is not a request: %i',
    (_, message) => {
      const heed = vi.fn();
      const worker = new EventEmitter();
      hear(worker, 'borrow', isRequest, heed);
      const sent =
        typeof message === 'object' && message !== null ? { cmd: 'NODE_READYD', act: 'borrow', ...message } : message;
      worker.emit('internalMessage', sent);
      expect(heed).not.toHaveBeenCalled();
    },
  );

  it('gets through if it is a request', () => {
    const heed = vi.fn();
    const worker = new EventEmitter();
    hear(worker, 'borrow', isRequest, heed);
    worker.emit('internalMessage', {
      cmd: 'NODE_READYD',
      act: 'borrow',
      id: 1,
      want: 'udp4',
      used: [3],
      name: 'web',
      all: true,
    });
    worker.emit('internalMessage', { cmd: 'NODE_READYD', act: 'borrow', id: 2, want: 'listener', used: [] });
    expect(heed).toHaveBeenCalledTimes(2);
  });
});

describe('a message from a pool worker to the primary', () => {
  it.each<[string, unknown]>([
    ['no lines', undefined],
    ['an object for lines', {}],
    ['more lines than a manager reads', 'READY=1\n'.repeat(1000)],
    ['lines that are a list', ['READY=1']],
  ])('is ignored if its lines are not a text that a manager reads: %s', (_, lines) => {
    const worker = Object.assign(new EventEmitter(), { process: new EventEmitter() });
    const member = new PoolMember(worker as never, 'worker', Number.POSITIVE_INFINITY); // PoolMember uses only these
    worker.process.emit('internalMessage', { cmd: 'NODE_READYD', act: 'notify', lines });
    expect(member.ready).toBe(false);
    worker.process.emit('internalMessage', { cmd: 'NODE_READYD', act: 'notify', lines: 'READY=1' });
    expect(member.ready).toBe(true);
  });
});

describe('a process that chose its own arguments', () => {
  it.each<[string, string[], string[]]>([
    ['a name that every object has', ['constructor', '-x'], ['constructor', '-x']],
    ['another such name', ['__proto__', 'node'], ['__proto__', 'node']],
    [
      'a million programs that run another one',
      [...new Array<string>(N).fill('env'), 'node', 'x.js'],
      ['node', 'x.js'],
    ],
  ])('does not end the doctor: %s', (_, argv, rest) => {
    expect(withoutPrefixes(argv)).toEqual(rest);
    scriptOf(argv);
  });
});

describe('a name that every object has', () => {
  it.each(['constructor', 'toString', '__proto__'])('is no level of a logger: %s', (level) => {
    expect(readLine(JSON.stringify({ level, msg: 'm' }), LINE_FORMAT)).toMatchObject({ level: 'info', message: 'm' });
    const { log, fields } = recorder();
    const stream = new WinstonStream(log, { level: 'info' });
    stream.emit('pipe', { levels: { info: 0 }, level: 'info' });
    stream.write({ level, message: 'm' });
    expect(fields()).toMatchObject({ MESSAGE: ['m'], LEVEL: [level] });
  });

  it('is no unit of time', () => {
    const { problems } = readSettings({ READYD_IDLE_TIMEOUT: '5constructor' });
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('READYD_IDLE_TIMEOUT')]);
  });
});

describe('a descriptor', () => {
  const open: number[] = [];
  afterEach(() => {
    for (const fd of open.splice(0)) closeSync(fd);
  });
  const O_PATH = 0o10000000;

  it.each(['/', '/etc/passwd', '/dev/null'])('of O_PATH, %s, can be looked at', (path) => {
    const fd = openSync(path, O_PATH);
    open.push(fd);
    const passed = new PassedFd(
      fd,
      'x',
      identify(fd, () => 'x'),
    );
    expect(passed.toJSON()).toEqual({ fd, name: 'x', kind: 'other', listening: false, address: { path } });
    expect(passed.description).toBe(`an other at ${path}`);
    expect(passed.take()).toBe(fd);
  });

  it('that Node uses for its epoll is not closed as unused', () => {
    const epoll = readdirSync('/proc/self/fd')
      .map(Number)
      .find((fd) => linkOf(fd) === 'anon_inode:[eventpoll]');
    if (epoll === undefined) throw new Error('Node has no epoll');
    // All anonymous inodes have the same device and inode number.
    const passed = new PassedFd(
      epoll,
      'stored',
      identify(epoll, () => 'x'),
    );
    expect(passed.closeUnused()).toBe(false);
    expect(fstatSync(epoll).ino).toBeGreaterThan(0);
    expect(mayBeOfNode(epoll)).toBe(true);
  });

  it('that is a file is closed as unused', () => {
    const fd = openSync('/dev/null', 'r');
    expect(
      new PassedFd(
        fd,
        'x',
        identify(fd, () => 'x'),
      ).closeUnused(),
    ).toBe(true);
    expect(() => fstatSync(fd)).toThrow('EBADF');
  });
});

function linkOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}
