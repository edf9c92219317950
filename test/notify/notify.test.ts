import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  extendTimeout,
  mainPid,
  notify,
  notifySync,
  ready,
  reload,
  reloading,
  SyscallError,
  status,
  stopping,
} from '../../src/index.ts';
import { native } from '../../src/native.ts';
import { openDescriptors } from '../helpers/descriptors.ts';
import { createReceiver, createStalledReceiver, temporaryPath } from '../helpers/receiver.ts';
import { turnsDuring } from '../helpers/turns.ts';

const original = process.env.NOTIFY_SOCKET;
// The test owns the file, because connect(2) needs write permission for it.
const ownFile = temporaryPath();
writeFileSync(ownFile, '');
beforeEach(() => {
  delete process.env.NOTIFY_SOCKET;
});
afterEach(() => {
  if (original === undefined) delete process.env.NOTIFY_SOCKET;
  else process.env.NOTIFY_SOCKET = original;
});

describe('off systemd', () => {
  it('every call resolves false', async () => {
    const calls = [
      ready(),
      ready('x'),
      reloading(),
      stopping(),
      status('x'),
      mainPid(1),
      extendTimeout(1),
      notify({ ready: true }),
    ];
    expect(await Promise.all(calls)).toEqual(calls.map(() => false));
    expect(notifySync({ ready: true })).toBe(false);
  });

  it('an invalid call is still reported', async () => {
    await expect(status(5 as unknown as string)).rejects.toThrow(TypeError);
    await expect(mainPid(0)).rejects.toThrow(RangeError);
    await expect(notify({ ready: true }, { fds: [1.5] })).rejects.toThrow(
      expect.objectContaining({ code: 'SD_ERR_INVALID_ARG' }),
    );
    expect(() => notifySync({ redy: true } as object)).toThrow(TypeError);
  });
});

describe('to a manager', () => {
  it('each function says its line', async () => {
    await using receiver = createReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    expect(
      await Promise.all([
        ready(),
        ready('up'),
        stopping(),
        stopping('bye'),
        status('é\n🚀'),
        mainPid(7),
        extendTimeout(1.5),
      ]),
    ).toEqual(Array(7).fill(true));
    expect(notifySync({ errno: 'EPIPE' })).toBe(true);
    expect(await receiver.arrived(8)).toEqual([
      'READY=1',
      'READY=1\nSTATUS=up',
      'STOPPING=1',
      'STOPPING=1\nSTATUS=bye',
      'STATUS=é 🚀',
      'MAINPID=7',
      'EXTEND_TIMEOUT_USEC=1500',
      'ERRNO=EPIPE',
    ]);
  });

  it('the datagram leaves in the tick of the call', () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    void ready('now');
    expect(receiver.read().map(({ text }) => text)).toEqual(['READY=1\nSTATUS=now']);
  });

  it('an abstract address works', () => {
    using receiver = createStalledReceiver(`\0readyd-test-${process.pid}`);
    process.env.NOTIFY_SOCKET = `@readyd-test-${process.pid}`;
    void ready();
    expect(receiver.read().map(({ text }) => text)).toEqual(['READY=1']);
  });

  it('a state without a line sends nothing', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    expect(await notify({ ready: false })).toBe(true);
    expect(await notify({})).toBe(true);
    expect(receiver.read()).toEqual([]);
  });

  it('a message of exactly 4096 bytes arrives whole', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    await notify({ fields: { X_A: 'y'.repeat(4092) } });
    expect(receiver.read()[0]?.text).toHaveLength(4096);
  });

  it('the kernel names the sender; credentials can name another pid', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    await notify({ ready: true });
    await notify({ ready: true }, { pid: process.pid });
    await notify({ ready: true }, { pid: process.ppid });
    const pids = receiver.read().map(({ datagram }) => datagram.pid);
    // Only root may send as another process; for other users the kernel sets the sender's own pid.
    expect(pids).toEqual([process.pid, process.pid, process.getuid?.() === 0 ? process.ppid : process.pid]);
  });

  it('a pid that the kernel refuses is sent as our own', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    expect(await notify({ ready: true }, { pid: 2147483647 })).toBe(true);
    expect(receiver.read()[0]?.datagram.pid).toBe(process.pid);
  });

  it('descriptors travel, and stay the caller’s', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    const file = openSync(new URL(import.meta.url), 'r');
    await notify({ fdStore: true, fdName: 'file' }, { fds: [file, file] });
    const [message] = receiver.read();
    expect(message?.text).toBe('FDSTORE=1\nFDNAME=file');
    expect(message?.datagram.fds).toHaveLength(2);
    const [copy = -1, second = -1] = message?.datagram.fds ?? [];
    closeSync(second);
    expect(readFileSync(copy, 'utf8')).toBe(readFileSync(new URL(import.meta.url), 'utf8'));
    closeSync(copy);
    closeSync(file);
  });

  it('253 descriptors are sent, 254 are refused', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    const before = openDescriptors();
    expect(await notify({ fdStore: true }, { fds: Array(253).fill(0) })).toBe(true);
    await expect(notify({ fdStore: true }, { fds: Array(254).fill(0) })).rejects.toThrow(
      expect.objectContaining({ code: 'SD_ERR_INVALID_ARG', name: 'RangeError' }),
    );
    const received = receiver.read();
    expect(received.map(({ datagram }) => datagram.fds.length)).toEqual([253]);
    for (const fd of received[0]?.datagram.fds ?? []) closeSync(fd);
    expect(openDescriptors()).toBe(before);
  });

  it('messages that follow one another use a connection, a single one does not', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
    const send = vi.spyOn(native(), 'send');
    await status('first, which does not ask for the time');
    await status('second');
    await status('third');
    await status('fourth');
    await notify({ fdStore: true }, { fds: [0] });
    const addresses = send.mock.calls.map(([, address]) => address);
    send.mockRestore();
    clock.mockRestore();
    expect(addresses).toEqual([receiver.path, receiver.path, undefined, undefined, receiver.path]);
    for (const { datagram } of receiver.read()) for (const fd of datagram.fds) closeSync(fd);
  });

  it.each([1, 2, 3])(
    'a manager that makes a new socket is found by the next call, after %d messages',
    async (count) => {
      const path = temporaryPath();
      process.env.NOTIFY_SOCKET = path;
      for (const text of ['first', 'second', 'third']) {
        using receiver = createStalledReceiver(path);
        for (let n = 0; n < count; n += 1) await status(text);
        expect(notifySync({ status: text })).toBe(true);
        expect(receiver.read().map((message) => message.text)).toEqual(Array(count + 1).fill(`STATUS=${text}`));
      }
    },
  );

  it('a manager that leaves between two calls is an error of the second', async () => {
    const path = temporaryPath();
    process.env.NOTIFY_SOCKET = path;
    {
      using _receiver = createStalledReceiver(path);
      for (let n = 0; n < 3; n += 1) await status('here');
    }
    await expect(status('gone')).rejects.toMatchObject({ code: 'ENOENT', syscall: 'sendmsg' });
    expect(() => notifySync({ status: 'gone' })).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  it('a manager that leaves its old socket open under a path that leads elsewhere is reached within 10 ms', async () => {
    const path = temporaryPath();
    process.env.NOTIFY_SOCKET = path;
    using old = createStalledReceiver(path);
    for (let n = 0; n < 3; n += 1) await status('old');
    rmSync(path);
    using fresh = createStalledReceiver(path);
    await atRest();
    await status('fresh');
    expect(old.read().map((message) => message.text)).toEqual(Array(3).fill('STATUS=old'));
    expect(fresh.read().map((message) => message.text)).toEqual(['STATUS=fresh']);
  });

  it('also while it sends without a pause', () => {
    const path = temporaryPath();
    process.env.NOTIFY_SOCKET = path;
    using old = createStalledReceiver(path);
    for (let n = 0; n < 3; n += 1) notifySync({ status: 'old' });
    rmSync(path);
    using fresh = createStalledReceiver(path);
    const end = performance.now() + 10;
    do notifySync({ status: 'between' });
    while (old.read().length >= 0 && fresh.read().length === 0 && performance.now() < end);
    notifySync({ status: 'fresh' });
    expect(old.read()).toEqual([]);
    expect(fresh.read().at(-1)?.text).toBe('STATUS=fresh');
  });
});

describe('an error says what failed', () => {
  it.each(['', 'relative', '/', `/${'x'.repeat(200)}`, 'vsock:any:1'])('$NOTIFY_SOCKET is %j', async (value) => {
    process.env.NOTIFY_SOCKET = value;
    const invalid = expect.objectContaining({ code: 'SD_ERR_INVALID_ENV', name: 'SystemdError' });
    await expect(ready()).rejects.toThrow(invalid);
    expect(() => notifySync({ ready: true })).toThrow(invalid);
  });

  it.each([
    ['a path that is not there', '/nowhere/at/all', 'ENOENT', -2],
    ['a file that is no socket', ownFile, 'ECONNREFUSED', -111],
    ['an abstract name without a listener', '@readyd-nobody', 'ECONNREFUSED', -111],
  ])('%s', async (_, address, code, errno) => {
    process.env.NOTIFY_SOCKET = address;
    const error = await ready().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(SyscallError);
    expect(error).toMatchObject({ name: 'SyscallError', code, errno, syscall: 'sendmsg', path: address });
    expect(error).toHaveProperty('message', `cannot reach the service manager at '${address}': ${code} (sendmsg)`);
    expect(() => notifySync({ ready: true })).toThrow(expect.objectContaining({ code }));
  });

  it('a closed descriptor is EBADF', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    await expect(notify({ fdStore: true }, { fds: [1_000_000] })).rejects.toThrow(
      expect.objectContaining({ code: 'EBADF' }),
    );
    expect(receiver.read()).toEqual([]);
  });

  it.each<[object, string]>([
    [{ fd: [1] }, 'fd'],
    [{ fds: 3 }, 'fds'],
    [{ fds: [-1] }, 'fds[0]'],
    [{ fds: [0, '1'] }, 'fds[1]'],
    [{ pid: 0 }, 'pid'],
    [{ pid: '1' }, 'pid'],
    [{ timeout: -1 }, 'timeout'],
    [{ timeout: Number.NaN }, 'timeout'],
    [{ timeout: '1' }, 'timeout'],
  ])('the options %j are refused', async (options, name) => {
    await expect(notify({ ready: true }, options)).rejects.toThrow(
      expect.objectContaining({ code: 'SD_ERR_INVALID_ARG', message: expect.stringContaining(name) }),
    );
  });
});

describe('a manager that does not read', () => {
  it('gets 200 messages in order once it does, and the event loop never stands still', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    const sent: Promise<boolean>[] = [];
    const turns = await turnsDuring(async () => {
      for (let n = 0; n < 200; n += 1) sent.push(status(`${n}`));
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
    const texts = await receiver.readUntil(200);
    expect(texts).toEqual(Array.from({ length: 200 }, (_, n) => `STATUS=${n}`));
    expect(await Promise.all(sent)).toEqual(Array(200).fill(true));
    // Each of the 200 waits for room: if one of them blocked, the loop would stand still until the end.
    expect(turns).toBeGreaterThan(10);
  });

  it('times out, message by message, and takes the others', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    const filled = await fill();
    const late = notify({ status: 'late' }, { timeout: 50 });
    const patient = notify({ status: 'patient' });
    await expect(late).rejects.toThrow(expect.objectContaining({ code: 'SD_ERR_TIMEOUT' }));
    const texts = await receiver.readUntil(filled + 1);
    expect(await patient).toBe(true);
    expect(texts.slice(filled)).toEqual(['STATUS=patient']);
  });

  it('keeps the order between waiting and synchronous messages', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    const filled = await fill();
    const waiting = status('waiting');
    expect(() => notifySync({ status: 'refused' }, { timeout: 20 })).toThrow(
      expect.objectContaining({ code: 'SD_ERR_TIMEOUT' }),
    );
    const first = receiver.read().length;
    expect(notifySync({ status: 'last' })).toBe(true);
    expect(await waiting).toBe(true);
    expect(first).toBe(filled);
    expect(receiver.read().map(({ text }) => text)).toEqual(['STATUS=waiting', 'STATUS=last']);
  });

  it('gets the descriptors of a waiting message also when the caller has closed them', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    const before = openDescriptors();
    const filled = await fill();
    const file = openSync(new URL(import.meta.url), 'r');
    const waiting = notify({ fdStore: true }, { fds: [file] });
    closeSync(file);
    expect(receiver.read()).toHaveLength(filled);
    expect(await waiting).toBe(true);
    const [message] = receiver.read();
    expect(message?.datagram.fds).toHaveLength(1);
    closeSync(message?.datagram.fds[0] ?? -1);
    expect(openDescriptors() - before).toBeLessThanOrEqual(2); // the sender's socket and the eventfd that stay
  });

  it('is refused more than 8 MiB of waiting messages', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    const sent = Array.from({ length: 4000 }, () =>
      notify({ status: 'x'.repeat(4000) }, { timeout: 100 }).then(
        () => 'sent',
        (error) => error.code,
      ),
    );
    const results = await Promise.all(sent);
    expect(new Set(results)).toEqual(new Set(['sent', 'EAGAIN', 'SD_ERR_TIMEOUT']));
    // The kernel queues net.unix.max_dgram_qlen messages; each waiting one counts as a little more than its text.
    const waited = results.filter((result) => result === 'SD_ERR_TIMEOUT').length;
    expect(waited).toBeLessThan((8 * 1024 * 1024) / 4000);
  });

  it('is refused more than 1024 waiting descriptors; text still waits', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    const before = openDescriptors();
    await fill();
    const send = (): Promise<string> =>
      notify({ fdStore: true }, { fds: Array(64).fill(0), timeout: 5000 }).then(
        () => 'sent',
        (error) => error.code,
      );
    const waiting = Array.from({ length: 16 }, send);
    expect(await send()).toBe('EAGAIN');
    expect(openDescriptors() - before).toBeLessThan(1024 + 10);
    const text = notify({ status: 'x' });
    let arrived = 0;
    for (const one of [...waiting, text]) void one.then(() => (arrived += 1));
    while (arrived <= waiting.length) {
      for (const { datagram } of receiver.read()) for (const fd of datagram.fds) closeSync(fd);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['sent']));
    expect(await send()).toBe('sent');
    for (const { datagram } of receiver.read()) for (const fd of datagram.fds) closeSync(fd);
    expect(openDescriptors() - before).toBeLessThanOrEqual(2);
  });

  it('that is gone rejects what waits for it', async () => {
    const path = temporaryPath();
    process.env.NOTIFY_SOCKET = path;
    let waiting: Promise<boolean>;
    {
      using receiver = createStalledReceiver(path);
      expect(receiver.path).toBe(path);
      await fill();
      waiting = status('waiting');
    }
    await expect(waiting).rejects.toThrow(
      expect.objectContaining({ code: expect.stringMatching(/ENOENT|ECONNREFUSED/) }),
    );
  });
});

describe('reload()', () => {
  it('says RELOADING, works, says READY, and returns the result', async () => {
    await using receiver = createReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    expect(await reload(() => 42)).toBe(42);
    expect(await receiver.arrived(2)).toEqual([expect.stringMatching(/^RELOADING=1\nMONOTONIC_USEC=\d+$/), 'READY=1']);
  });

  it('says READY with the reason when the work fails, and rethrows', async () => {
    await using receiver = createReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    const failure = Object.assign(new Error('no such\nfile'), { errno: -2 });
    await expect(reload(() => Promise.reject(failure))).rejects.toBe(failure);
    expect((await receiver.arrived(2))[1]).toBe('READY=1\nERRNO=2\nSTATUS=reload failed: no such file');
  });

  it.each([
    ['a string', 'oops', 'READY=1\nSTATUS=reload failed: oops'],
    ['undefined', undefined, 'READY=1\nSTATUS=reload failed: undefined'],
    ['a symbol', Symbol('s'), 'READY=1\nSTATUS=reload failed: Symbol(s)'],
    [
      'an object without a prototype',
      Object.create(null),
      'READY=1\nSTATUS=reload failed: something that cannot be told',
    ],
    [
      'an error with a code alone',
      Object.assign(new Error('x'), { code: 'EADDRINUSE' }),
      'READY=1\nERRNO=98\nSTATUS=reload failed: x',
    ],
    [
      'an error of the resolver, whose number is none of the kernel',
      Object.assign(new Error('x'), { errno: -3008, code: 'ENOTFOUND' }),
      'READY=1\nSTATUS=reload failed: x',
    ],
    [
      'an error with a cause that has a number',
      new Error('x', {
        cause: new Error('y', { cause: Object.assign(new Error('z'), { errno: -2, code: 'ENOENT' }) }),
      }),
      'READY=1\nERRNO=2\nSTATUS=reload failed: x',
    ],
    ['an error that is its own cause', circle(), 'READY=1\nSTATUS=reload failed: x'],
    [
      'an error with a code of its own',
      Object.assign(new Error('x'), { code: '__proto__' }),
      'READY=1\nSTATUS=reload failed: x',
    ],
    [
      'an error with a strange errno',
      Object.assign(new Error('x'), { errno: 'E' }),
      'READY=1\nSTATUS=reload failed: x',
    ],
    [
      'an error with an errno that is no number',
      Object.assign(new Error('x'), { errno: Symbol('s') }),
      'READY=1\nSTATUS=reload failed: x',
    ],
    [
      'an error with a message that is no text',
      Object.assign(new Error('x'), { message: Symbol('s'), errno: -2 }),
      'READY=1\nERRNO=2\nSTATUS=reload failed: something that cannot be told',
    ],
  ])('says READY also when %s is thrown', async (_, thrown, message) => {
    await using receiver = createReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    await expect(
      reload(() => {
        throw thrown;
      }),
    ).rejects.toBe(thrown);
    expect((await receiver.arrived(2))[1]).toBe(message);
  });

  it('says RELOADING in the tick of the call', async () => {
    await using receiver = createReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    const reloaded = reload(() => undefined);
    notifySync({ status: 'after' });
    await reloaded;
    const [first, second] = await receiver.arrived(3);
    expect(first).toMatch(/^RELOADING=1\n/);
    expect(second).toBe('STATUS=after');
  });

  it('runs concurrent reloads one after another', async () => {
    await using receiver = createReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    const steps: string[] = [];
    const work = (name: string) => async () => {
      steps.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      steps.push(`${name} ends`);
    };
    await Promise.all([reload(work('a')), reload(work('b'))]);
    expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    expect((await receiver.arrived(4)).map((message) => message.split('=')[0])).toEqual([
      'RELOADING',
      'READY',
      'RELOADING',
      'READY',
    ]);
  });

  it('works off systemd', async () => expect(await reload(async () => 'done')).toBe('done'));

  it('does the work also when the manager cannot be reached, and reports it', async () => {
    process.env.NOTIFY_SOCKET = '/nowhere/at/all';
    let done = false;
    const reloaded = reload(() => {
      done = true;
    });
    await expect(reloaded).rejects.toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(done).toBe(true);
  });

  it('takes a function', async () => {
    await expect(reload('work' as unknown as () => void)).rejects.toThrow(TypeError);
  });
});

it('2000 calls of every outcome leave no descriptor behind', async () => {
  using receiver = createStalledReceiver();
  process.env.NOTIFY_SOCKET = receiver.path;
  await ready();
  receiver.read();
  const before = openDescriptors();
  for (let n = 0; n < 500; n += 1) {
    process.env.NOTIFY_SOCKET = receiver.path;
    await notify({ fdStore: true }, { fds: [0] });
    for (const { datagram } of receiver.read()) for (const fd of datagram.fds) closeSync(fd);
    await notify({ fdStore: true }, { fds: [1_000_000] }).catch(() => undefined);
    process.env.NOTIFY_SOCKET = '/nowhere/at/all';
    await ready().catch(() => undefined);
    process.env.NOTIFY_SOCKET = '@readyd-nobody';
    await ready().catch(() => undefined);
  }
  expect(openDescriptors()).toBe(before);
});

it('a receiver in another language reads the same', async () => {
  const path = temporaryPath();
  const script = `
import socket, sys, array
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1])
s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
print("bound", flush=True)
data, ancillary, flags, _ = s.recvmsg(8192, 1024)
kinds = sorted(kind for _, kind, _ in ancillary)
pid = [array.array("i", value)[0] for _, kind, value in ancillary if kind == socket.SCM_CREDENTIALS][0]
print(data.decode(), kinds == [socket.SCM_RIGHTS, socket.SCM_CREDENTIALS], pid, flush=True)`;
  const python = spawn('python3', ['-c', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  expect(await lines.next()).toMatchObject({ value: 'bound' });
  process.env.NOTIFY_SOCKET = path;
  await notify({ fdStore: true, fdName: 'a' }, { fds: [0, 1, 2] });
  expect(await lines.next()).toMatchObject({ value: 'FDSTORE=1' });
  expect(await lines.next()).toMatchObject({ value: `FDNAME=a True ${process.pid}` });
});

/** Longer than the time for which a connection is used. */
function atRest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 25));
}

/** Sends until the manager's queue is full; returns how many it holds. */
async function fill(): Promise<number> {
  for (let n = 0; ; n += 1) {
    try {
      notifySync({ status: 'fill' }, { timeout: 0 });
    } catch {
      return n;
    }
  }
}

function circle(): Error {
  const error = new Error('x');
  error.cause = error;
  return error;
}
