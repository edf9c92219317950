import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { native } from '../../src/native.ts';
import { fdStore, type PutOptions } from '../../src/sockets/fd-store.ts';
import type { Resource } from '../../src/sockets/resource.ts';
import { openDescriptors } from '../helpers/descriptors.ts';
import { createStalledReceiver, type StalledReceiver, temporaryPath } from '../helpers/receiver.ts';
import { activate, Passed } from './activate.ts';

let manager: StalledReceiver;
const names: string[] = [];
/** A name that no other test has; nothing of it is left in the store. */
const fresh = () => {
  const name = `item-${names.length}`;
  names.push(name);
  return name;
};

beforeEach(() => {
  manager = createStalledReceiver();
  process.env.NOTIFY_SOCKET = manager.path;
  process.env.FDSTORE = '1000';
});

afterEach(async () => {
  process.env.NOTIFY_SOCKET = manager.path;
  process.env.FDSTORE = '1';
  for (const name of names) {
    await fdStore.remove(name);
    received();
  }
  manager[Symbol.dispose]();
  delete process.env.NOTIFY_SOCKET;
  delete process.env.FDSTORE;
});

/** What arrived, with the inodes of the descriptors. */
function received() {
  return manager.read().map(({ text, datagram }) => {
    const inodes = datagram.fds.map((fd) => fstatSync(fd).ino);
    const contents = datagram.fds.map((fd) => (fstatSync(fd).isFile() ? readFileSync(fd, 'utf8') : undefined));
    for (const fd of datagram.fds) native().close(fd);
    return { text: text.trimEnd().split('\n').toSorted(), inodes, contents };
  });
}

const removal = (name: string) => ({ text: [`FDNAME=${name}`, 'FDSTOREREMOVE=1'], inodes: [] });
const storing = (name: string, fd: number, ...more: string[]) => ({
  text: [`FDNAME=${name}`, ...more, 'FDSTORE=1'].toSorted(),
  inodes: [fstatSync(fd).ino],
});

describe('fdStore.put', () => {
  it('removes what had the name, then stores, in the tick of the call', async () => {
    using passed = new Passed();
    const name = fresh();
    const fd = passed.tcp();
    const done = fdStore.put(name, fd);
    expect(received()).toMatchObject([removal(name), storing(name, fd)]);
    expect(await done).toBe(true);
    expect(await fdStore.put(name, { fd }, { poll: false })).toBe(true);
    expect(received()).toMatchObject([removal(name), storing(name, fd, 'FDPOLL=0')]);
  });

  it('finds the descriptor of a server, a connection and a datagram socket', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    const datagrams = createSocket('udp4').bind(0);
    await Promise.all([once(server, 'listening'), once(datagrams, 'listening')]);
    for (const [resource, kind] of [
      [server, 'tcp'],
      [datagrams, 'udp'],
    ] as const) {
      const name = fresh();
      expect(await fdStore.put(name, resource)).toBe(true);
      const sockets = readFileSync(`/proc/self/net/${kind}`, 'utf8');
      expect(sockets).toContain(` ${received()[1]?.inodes[0]} `);
    }
    server.close();
    datagrams.close();
    await expect(fdStore.put(fresh(), server)).rejects.toMatchObject({ code: 'SD_ERR_INVALID_ARG' });
  });

  it.each<[unknown, unknown, unknown?]>([
    ['a:b', 1],
    ['a\\b', 1],
    ['ä', 1],
    ['a\n', 1],
    ['x'.repeat(256), 1],
    [1, 1],
    ['a', -1],
    ['a', 1.5],
    ['a', '1'],
    ['a', null],
    ['a', {}],
    ['a', { fd: -1 }],
    ['a', { [Symbol('state symbol')]: null }],
    ['a', 1, { pol: false }],
    ['a', 1, { poll: 'no' }],
  ])('takes no %j, %j, %j, and sends nothing', async (name, resource, options) => {
    const putting = fdStore.put(name as string, resource as Resource, options as PutOptions); // wrong on purpose
    await expect(putting).rejects.toMatchObject({ code: 'SD_ERR_INVALID_ARG' });
    expect(received()).toEqual([]);
  });

  it('takes no closed dgram socket, without a word on the console', async () => {
    const warnings: Error[] = [];
    const listener = (warning: Error) => warnings.push(warning);
    process.on('warning', listener);
    const socket = createSocket('udp4');
    socket.close();
    await once(socket, 'close');
    await expect(fdStore.put('a', socket)).rejects.toMatchObject({ code: 'SD_ERR_INVALID_ARG' });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listener);
    expect(warnings).toEqual([]);
  });

  it('removes nothing for a descriptor that is not open', async () => {
    const fd = openSync('/dev/null', 'r');
    closeSync(fd);
    await expect(fdStore.put('a', fd)).rejects.toMatchObject({ code: 'EBADF', name: 'SyscallError' });
    expect(received()).toEqual([]);
  });

  it('reports that the manager would drop it: the same socket under a second name', async () => {
    using passed = new Passed();
    const [name, second] = [fresh(), fresh()];
    const fd = passed.tcp();
    await fdStore.put(name, fd);
    await expect(fdStore.put(second, fd)).rejects.toMatchObject({
      code: 'SD_ERR_STATE',
      message: expect.stringContaining(`"${name}"`),
    });
    await fdStore.remove(name);
    expect(await fdStore.put(second, fd)).toBe(true);
  });
});

describe('a full store', () => {
  it('refuses another name, not a name that is there', async () => {
    using passed = new Passed();
    process.env.FDSTORE = '2';
    const [a, b, c] = [fresh(), fresh(), fresh()];
    const fds = [passed.tcp(), passed.tcp(), passed.tcp()] as const;
    expect([await fdStore.put(a, fds[0]), await fdStore.put(b, fds[1])]).toEqual([true, true]);
    received();
    const full = { code: 'SD_ERR_FD_STORE_FULL', message: expect.stringContaining('2') };
    await expect(fdStore.put(c, fds[2])).rejects.toMatchObject(full);
    await expect(fdStore.putData(c, 'x')).rejects.toMatchObject(full);
    expect(received()).toEqual([]);
    expect(await fdStore.put(b, fds[2])).toBe(true);
    await fdStore.remove(a);
    expect(await fdStore.put(c, fds[0])).toBe(true);
  });

  it('has room again for what the manager has dropped, because it was hung up', async () => {
    using passed = new Passed();
    process.env.FDSTORE = '1';
    const [a, b, c] = [fresh(), fresh(), fresh()];
    const [reading, writing] = passed.pipe();
    await fdStore.put(a, reading);
    await expect(fdStore.put(b, passed.tcp())).rejects.toMatchObject({ code: 'SD_ERR_FD_STORE_FULL' });
    received();
    native().close(writing);
    expect(await fdStore.put(b, reading, { poll: false })).toBe(true);
    // Not watched, so it stays.
    await expect(fdStore.put(c, passed.tcp())).rejects.toMatchObject({ code: 'SD_ERR_FD_STORE_FULL' });
  });

  it('is not fuller for what did not get there', async () => {
    using passed = new Passed();
    process.env.FDSTORE = '1';
    const [a, b] = [fresh(), fresh()];
    const path = process.env.NOTIFY_SOCKET;
    process.env.NOTIFY_SOCKET = temporaryPath();
    await expect(fdStore.put(a, passed.tcp())).rejects.toMatchObject({ code: 'ENOENT' });
    process.env.NOTIFY_SOCKET = path;
    expect(await fdStore.put(b, passed.tcp())).toBe(true);
  });

  it('leaks no descriptor', async () => {
    using passed = new Passed();
    const [name, fd] = [fresh(), passed.tcp()];
    const before = openDescriptors();
    for (let round = 0; round < 20; round++) {
      await fdStore.put(name, fd);
      await fdStore.putData(`${name}-data`, 'x');
      received();
    }
    await fdStore.remove(name);
    await fdStore.remove(`${name}-data`);
    received();
    expect(openDescriptors()).toBe(before);
  });
});

describe('fdStore without a store', () => {
  it('resolves false, and sends nothing', async () => {
    using passed = new Passed();
    for (const capacity of [undefined, '0']) {
      if (capacity === undefined) delete process.env.FDSTORE;
      else process.env.FDSTORE = capacity;
      expect(fdStore.capacity).toBe(0);
      expect(await fdStore.put('a', passed.tcp())).toBe(false);
      expect(await fdStore.putData('a', 'x')).toBe(false);
      expect(await fdStore.remove('a')).toBe(false);
    }
    expect(received()).toEqual([]);
  });

  it('resolves false without a listener', async () => {
    using passed = new Passed();
    delete process.env.NOTIFY_SOCKET;
    expect(await fdStore.put('a', passed.tcp())).toBe(false);
    expect(await fdStore.remove('a')).toBe(false);
  });

  it('rejects a malformed number', async () => {
    process.env.FDSTORE = 'x';
    expect(() => fdStore.capacity).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ENV' }));
    await expect(fdStore.remove('a')).rejects.toMatchObject({ code: 'SD_ERR_INVALID_ENV' });
  });
});

describe('data', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['text', 'naïve 🙂', 'naïve 🙂'],
    ['bytes', new Uint8Array([104, 105]), 'hi'],
    ['a part of a buffer', Buffer.from('xhix').subarray(1, 3), 'hi'],
    ['nothing', '', ''],
  ])('is put as a memory file: %s', async (_, data, content) => {
    const name = fresh();
    expect(await fdStore.putData(name, data)).toBe(true);
    expect(received()).toMatchObject([
      { text: [`FDNAME=${name}`, 'FDSTOREREMOVE=1'] },
      { text: [`FDNAME=${name}`, 'FDSTORE=1'], contents: [content] },
    ]);
  });

  it('is sealed', async () => {
    const name = fresh();
    await fdStore.putData(name, 'x');
    const [fd = -1] = manager.read().flatMap(({ datagram }) => datagram.fds);
    expect(() => openSync(`/proc/self/fd/${fd}`, 'w')).toThrow();
    native().close(fd);
  });

  it('must be text or bytes', async () => {
    for (const data of [1, null, {}, [1], Object.create(Uint8Array.prototype)]) {
      const putting = fdStore.putData('a', data as string); // wrong on purpose
      await expect(putting).rejects.toMatchObject({ code: 'SD_ERR_INVALID_ARG' });
    }
    expect(() => fdStore.data('a:b')).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ARG' }));
  });

  it('comes back, again and again, until it is closed; what is full counts it', async () => {
    using passed = new Passed();
    const fds = [passed.memfd('state'), passed.memfd(''), passed.tcp()];
    const env = { FDSTORE: '2', NOTIFY_SOCKET: manager.path };
    const task = { names: ['a', 'b', 'web', 'nobody'], put: ['c', 'b', 'c'] };
    await using child = activate('store', { fds, names: ['a', 'b', 'web'], env, task });
    const mismatch = { failed: expect.objectContaining({ code: 'SD_ERR_FD_MISMATCH' }) };
    const taken = { failed: expect.objectContaining({ code: 'SD_ERR_FD_TAKEN' }) };
    expect(await child.report()).toMatchObject({
      once: ['state', '', mismatch, null],
      again: ['state', '', mismatch, null],
      closed: [taken, taken, mismatch, null],
    });
    const full = { failed: expect.objectContaining({ code: 'SD_ERR_FD_STORE_FULL' }) };
    expect(await child.report()).toMatchObject({ puts: [full, true, full] });
  });

  it("above the kernel's limits is refused, and what has the name stays", async () => {
    using passed = new Passed();
    const env = { FDSTORE: '2', NOTIFY_SOCKET: manager.path };
    const task = { names: ['a'], put: ['a'], size: 1024 * 1024 };
    const fds = [passed.memfd('state')];
    // Half a megabyte.
    await using child = activate('store', { fds, names: ['a'], env, task, limit: '-f 1024' });
    expect(await child.report()).toMatchObject({ once: ['state'] });
    const message = expect.stringMatching(/1048576 bytes for "a", more than LimitFSIZE=.*EFBIG \(write\)/);
    const failed = { name: 'SyscallError', code: 'EFBIG', message, errno: -27, syscall: 'write', isError: true };
    expect(await child.report()).toEqual({ puts: [{ failed }] });
    expect(received()).toEqual([]);
  });

  // Python, because what Node can make has content, and is sealed.
  it.each([2n ** 40n, 2n ** 62n])('of %d bytes, all of them holes, is no Buffer', async (size) => {
    using passed = new Passed();
    const make = `import os, sys; fd = os.memfd_create('huge'); os.ftruncate(fd, ${size}); print(fd, flush=True); sys.stdin.read()`;
    const python = spawn('python3', ['-c', make], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [fd] = (await once(python.stdout, 'data')) as [Buffer];
    const huge = passed.file(openSync(`/proc/${python.pid}/fd/${String(fd).trim()}`, 'r'));
    python.stdin.end();
    const task = { names: ['huge', 'a'] };
    await using child = activate('store', { fds: [huge, passed.memfd('state')], names: ['huge', 'a'], task });
    const message = expect.stringMatching(/descriptor 3 \("huge"\) is a memfd of \d+ bytes.*stays available/);
    const failed = expect.objectContaining({ code: 'SD_ERR_FD_MISMATCH', message });
    expect(await child.report()).toMatchObject({ once: [{ failed }, 'state'], again: [{ failed }, 'state'] });
  });
});
