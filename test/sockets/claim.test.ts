import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { identify } from '../../src/sockets/inspect.ts';
import { PassedFd } from '../../src/sockets/listen-fd.ts';
import { activate, Passed, reportOf, temporaryPath } from './activate.ts';

// What a claim leaves behind in any case: no variable, and nothing for children.
const CLEAN = { left: [], inherited: [], sockets: 1 };

const failing = (code: string, message: unknown = expect.any(String)) => ({
  failed: expect.objectContaining({ code, message, isError: true }),
});

describe('listenFds', () => {
  it('tells two TCP sockets and a unix socket by name, once', async () => {
    using passed = new Passed();
    const path = temporaryPath();
    const fds = [passed.tcp(), passed.tcp(7, '::1'), passed.unix(path)];
    expect(await reportOf('claim', { fds, names: ['web', 'six', 'local'] })).toMatchObject({
      ...CLEAN,
      before: 3,
      first: {
        passed: [
          { fd: 3, name: 'web', kind: 'tcp', listening: true, address: { address: '127.0.0.1', family: 'IPv4' } },
          { fd: 4, name: 'six', kind: 'tcp', listening: true, address: { address: '::1', family: 'IPv6' } },
          { fd: 5, name: 'local', kind: 'unix-stream', listening: true, address: { path } },
        ],
        names: ['web', 'six', 'local'],
        length: 3,
        again: true,
      },
      second: { length: 3, again: true },
      closed: 3,
      open: [],
    });
  });

  it('names what has no name unknown', async () => {
    using passed = new Passed();
    const report = await reportOf('claim', { fds: [passed.tcp(), passed.tcp()] });
    expect(report).toMatchObject({ ...CLEAN, first: { names: ['unknown', 'unknown'] } });
  });

  it('never touches what is above the range', async () => {
    using passed = new Passed();
    const fds = [passed.tcp(), passed.tcp(), passed.tcp()];
    const report = await reportOf('claim', { fds, env: { LISTEN_FDS: '1' } });
    expect(report).toMatchObject({ first: { length: 1 }, closed: 1, open: [4, 5] });
  });

  it('takes the number of its own pidfd', async () => {
    using passed = new Passed();
    const report = await reportOf('claim', { fds: [passed.tcp()], task: { pidfd: 'own' } });
    expect(report).toMatchObject({ ...CLEAN, before: 3, first: { length: 1 } });
  });
});

describe('nothing is claimed', () => {
  const empty = { ...CLEAN, first: { passed: [], names: [], length: 0, again: true }, closed: 0 };

  it('where nothing is set: the addon is not even loaded', async () => {
    const env = { LISTEN_PID: '1', LISTEN_FDS: undefined };
    expect(await reportOf('claim', { env })).toMatchObject({ ...empty, before: 1, addon: false });
  });

  it('where it is for another process: descriptor 3 is the event loop, and stays as it is', async () => {
    const env = { LISTEN_PID: String(process.pid), LISTEN_FDS: '4', LISTEN_FDNAMES: 'a:b:c:d' };
    expect(await reportOf('claim', { env })).toMatchObject({ ...empty, before: 3, addon: false });
  });

  it('where it was for a process that had the same pid before', async () => {
    using passed = new Passed();
    const report = await reportOf('claim', { fds: [passed.tcp()], task: { pidfd: 'other' } });
    expect(report).toMatchObject({ ...empty, open: [3] });
  });
});

describe('a claim fails', () => {
  it('on a malformed variable, each time with the same error', async () => {
    using passed = new Passed();
    const error = failing('SD_ERR_INVALID_ENV', expect.stringContaining('$LISTEN_FDS is "one"'));
    const report = await reportOf('claim', { fds: [passed.tcp()], env: { LISTEN_FDS: 'one' } });
    expect(report).toMatchObject({ ...CLEAN, first: error, second: error });
  });

  it('on a wrong number of names', async () => {
    using passed = new Passed();
    const report = await reportOf('claim', { fds: [passed.tcp()], names: ['a', 'b'] });
    expect(report).toMatchObject({
      ...CLEAN,
      first: failing('SD_ERR_INVALID_ENV', expect.stringContaining('2 names')),
    });
  });

  it('on malformed names that are for another process', async () => {
    const env = { LISTEN_PID: '1', LISTEN_FDNAMES: 'a\\' };
    expect(await reportOf('claim', { env })).toMatchObject({ ...CLEAN, first: failing('SD_ERR_INVALID_ENV') });
  });

  it('on a descriptor that is closed, and names it', async () => {
    using passed = new Passed();
    const fds = [passed.tcp(), passed.tcp(), passed.tcp()];
    const message = expect.stringMatching(/descriptor 4\b.*\$LISTEN_FDS=3.*EBADF \(fstat\)/);
    expect(await reportOf('claim', { fds, task: { close: 4 } })).toMatchObject({
      ...CLEAN,
      first: { failed: { name: 'SyscallError', code: 'EBADF', errno: -9, syscall: 'fstat', message } },
    });
  });

  it('where fewer were passed than promised: the next is the event loop', async () => {
    using passed = new Passed();
    const message = expect.stringMatching(/\$LISTEN_FDS is "3".*descriptor 4 is the event loop.*only 1/);
    const report = await reportOf('claim', { fds: [passed.tcp()], env: { LISTEN_FDS: '3' } });
    expect(report).toMatchObject({ ...CLEAN, first: failing('SD_ERR_INVALID_ENV', message) });
  });

  it('and can be made again with new variables', async () => {
    using passed = new Passed();
    expect(await reportOf('again', { fds: [passed.tcp()], env: { LISTEN_FDS: '0' } })).toMatchObject({
      first: failing('SD_ERR_INVALID_ENV'),
      same: true,
      anew: ['unknown'],
      left: null,
    });
  });
});

describe('a worker thread', () => {
  it('leaves the claim to the main thread', async () => {
    using passed = new Passed();
    const refused = failing('SD_ERR_STATE', expect.stringContaining('main thread'));
    expect(await reportOf('worker', { fds: [passed.tcp()] })).toMatchObject({
      before: refused,
      shared: refused,
      main: { length: 1 },
      after: { length: 0 },
      sharedAfter: { length: 0 },
    });
  });
});

describe('ownership', () => {
  it('is handed over once, and the rest is closed', async () => {
    using passed = new Passed();
    const fds = [passed.tcp(), passed.tcp(), passed.unix(), passed.udp()];
    await using own = activate('own', { fds, names: ['a', 'b', 'a', 'd'] });
    const invalid = failing('SD_ERR_INVALID_ARG');
    expect(await own.report()).toEqual({
      get: [3, 4, null],
      all: [3, 5],
      at: [3, 6, null],
      wrong: [invalid, invalid, invalid],
      taken: 3,
      twice: failing('SD_ERR_FD_TAKEN', expect.stringContaining('descriptor 3 ("a")')),
    });
    expect(await own.report()).toEqual({
      reused: true,
      unknown: failing('EBADF', expect.stringContaining('descriptor 4 ("b") was closed')),
      closed: 2,
      open: [true, true, false, false],
      kinds: ['tcp', 'unix-stream', 'udp'],
      afterwards: failing('SD_ERR_FD_TAKEN', expect.stringContaining('closeUnused()')),
      again: 0,
    });
  });
});

it('a number that stands for another file by now is not handed over, also where it was looked at before', () => {
  const fd = openSync('/dev/null', 'r');
  const passed = new PassedFd(
    fd,
    'web',
    identify(fd, () => ''),
  );
  expect(passed.kind).toBe('character-device');
  closeSync(fd);
  const other = openSync('/dev/zero', 'r');
  try {
    expect(other).toBe(fd);
    expect(() => passed.take()).toThrow(expect.objectContaining({ code: 'EBADF' }));
  } finally {
    closeSync(other);
  }
});

describe('lend', () => {
  it('gives copies that the caller owns, as often as wanted, until the original is taken', () => {
    using passed = new Passed();
    const fd = passed.tcp();
    const socket = new PassedFd(
      fd,
      'web',
      identify(fd, () => 'no'),
    );
    const copies = [socket.lend(), socket.lend()];
    expect(new Set([fd, ...copies]).size).toBe(3);
    const [first, second] = copies.map((copy) => identify(copy, () => 'no'));
    expect(first).toEqual(identify(fd, () => 'no'));
    expect(second).toEqual(first);
    for (const copy of copies) closeSync(copy);
    expect([socket.claimed, socket.taken]).toEqual([true, false]);
    expect(socket.take()).toBe(fd);
    expect(() => socket.lend()).toThrow(expect.objectContaining({ code: 'SD_ERR_FD_TAKEN' }));
  });

  it('refuses what was closed by something that did not take it', () => {
    const fd = openSync('/dev/null', 'r');
    const file = new PassedFd(
      fd,
      'null',
      identify(fd, () => 'no'),
    );
    closeSync(fd);
    expect(() => file.lend()).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });

  it('leaves no copy to a child', () => {
    using passed = new Passed();
    const fd = passed.tcp();
    const copy = new PassedFd(
      fd,
      'web',
      identify(fd, () => 'no'),
    ).lend();
    const { stdout } = spawnSync('sh', ['-c', `test -e /proc/self/fd/${copy} && echo there`], { encoding: 'utf8' });
    closeSync(copy);
    expect(stdout).toBe('');
  });
});
