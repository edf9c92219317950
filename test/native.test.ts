// OWN PROCESS: it closes descriptors by their numbers.
import { constants as files, fstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { getSystemErrorName } from 'node:util';
import { describe, expect, it } from 'vitest';
import { errnoName } from '../src/errno.ts';
import { type Datagram, type Native, native } from '../src/native.ts';

describe('errnoName()', () => {
  it.each(Object.values(constants.errno))('names %d as Node does', (errno) => {
    const ours = errnoName(errno);
    expect(constants.errno[ours as keyof typeof constants.errno]).toBe(errno);
    const node = getSystemErrorName(-errno);
    if (!node.startsWith('Unknown')) expect(ours).toBe(node);
  });
  it('names what Node lacks', () => {
    expect(errnoName(109)).toBe('ETOOMANYREFS');
    expect(errnoName(4000)).toBe('E4000');
  });
});

describe('the addon', () => {
  it('exports exactly the interface', () => {
    const source = readFileSync(new URL('../src/native.ts', import.meta.url), 'utf8');
    const [body = ''] = /export interface Native \{.*?\n\}/s.exec(source) ?? [];
    const declared = [...body.matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map(([, name]) => name ?? '');
    expect(Object.keys(native()).sort()).toEqual(declared.sort());
  });

  it.each(Object.keys(native()).filter((name) => name !== 'outbox'))('%s survives wrong arguments', (name) => {
    const call = native()[name as keyof Native] as unknown as (...args: unknown[]) => unknown;
    const wrong = [
      undefined,
      null,
      '',
      -1,
      1e300,
      Number.NaN,
      {},
      [],
      new Uint8Array(0),
      new Int32Array(3),
      Symbol('s'),
    ];
    for (const value of wrong) {
      const result = call(...Array(6).fill(value));
      if (typeof result === 'number' && result >= 0 && name !== 'listen') native().close(result);
    }
    expect(call()).toBeDefined();
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 0.5, 1e300, 2 ** 32, -(2 ** 32)])(
    'takes %d for no number that is near',
    (number) => {
      expect(native().stat(number, new Float64Array(3))).toBe(-constants.errno.EBADF);
      const fd = native().open();
      expect(native().close(fd + number)).toBe(-constants.errno.EBADF);
      expect(native().close(fd)).toBe(0);
      expect(native().bindInet('127.0.0.1', number, 0, 1)).toBe(-constants.errno.EINVAL);
      expect(native().vsockSendSync(1, 1, number, 'READY=1', 1)).toBe(-constants.errno.EINVAL);
    },
  );

  it('refuses a path with a NUL, which the kernel would take for a shorter one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'readyd-native-'));
    const fd = native().open();
    for (const path of [`${folder}/a\0b`, `${folder}/a\0`]) {
      const call = { bindStream: native().bindStream(path, 1), bindDatagram: native().bindDatagram(path) };
      expect(call).toEqual({ bindStream: -constants.errno.EINVAL, bindDatagram: -constants.errno.EINVAL });
      expect(native().connect(fd, path)).toBe(-constants.errno.EINVAL);
      expect(native().send(fd, path, 'READY=1')).toBe(-constants.errno.EINVAL);
    }
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
    const abstract = `\0readyd-native-${process.pid}\0b`;
    const receiver = native().bindDatagram(abstract);
    expect(native().send(fd, abstract, 'READY=1')).toBe(7);
    expect(native().send(fd, abstract.slice(0, -2), 'READY=1')).toBe(-constants.errno.ECONNREFUSED);
    for (const own of [fd, receiver]) native().close(own);
  });

  it('refuses an address that is too long, and never cuts it', () => {
    const fd = native().open();
    expect(native().send(fd, `/${'x'.repeat(107)}`, 'READY=1')).toBe(-constants.errno.ENAMETOOLONG);
    expect(native().send(fd, '', 'READY=1')).toBe(-constants.errno.EINVAL);
    native().close(fd);
  });

  it('sends without an address to whom the socket is connected to', () => {
    const path = `\0readyd-native-${process.pid}`;
    const fd = native().open();
    expect(native().send(fd, undefined, 'READY=1')).toBe(-constants.errno.ENOTCONN);
    const receiver = native().bindDatagram(path);
    expect(native().connect(fd, path)).toBe(0);
    const passed = Int32Array.of(0);
    expect(native().send(fd, undefined, 'READY=1')).toBe(7);
    expect(native().send(fd, undefined, 'FDSTORE=1', passed)).toBe(9);
    expect(native().receive(receiver, new Uint8Array(64))).toMatchObject({ size: 7, fds: [] });
    const { fds } = native().receive(receiver, new Uint8Array(64)) as Datagram;
    expect(fds).toHaveLength(1);
    for (const own of [...fds, receiver]) native().close(own);
    expect(native().send(fd, undefined, 'READY=1')).toBe(-constants.errno.ECONNREFUSED);
    native().close(fd);
  });

  it('sends from its outbox, and never what is behind it', () => {
    const path = `\0readyd-native-${process.pid}`;
    const fd = native().open();
    const receiver = native().bindDatagram(path);
    native().connect(fd, path);
    const { outbox = new ArrayBuffer(0) } = native();
    expect(native().outbox).toBe(outbox);
    new Uint8Array(outbox).fill(120);
    for (const size of [1, 100, outbox.byteLength]) {
      expect(native().sendOutbox(fd, size)).toBe(size);
      const buffer = new Uint8Array(outbox.byteLength);
      expect(native().receive(receiver, buffer)).toMatchObject({ size });
      expect(Buffer.from(buffer.subarray(0, size)).toString()).toBe('x'.repeat(size));
    }
    for (const size of [-1, outbox.byteLength + 1, 2 ** 31, 2 ** 32 + 1, 0.5, Number.NaN, '1', undefined]) {
      expect(native().sendOutbox(fd, size as number)).toBe(-constants.errno.EINVAL);
    }
    for (const wrong of [Number.NaN, fd + 2 ** 32, undefined]) {
      expect(native().sendOutbox(wrong as number, 1)).toBe(-constants.errno.EINVAL);
    }
    expect(native().receive(receiver, new Uint8Array(64))).toBe(-constants.errno.EAGAIN);
    native().close(receiver);
    expect(native().sendOutbox(fd, 1)).toBe(-constants.errno.ECONNREFUSED);
    native().close(fd);
  });

  it('keeps its outbox, whatever JavaScript does with the buffer', () => {
    const path = `\0readyd-native-${process.pid}`;
    const fd = native().open();
    const receiver = native().bindDatagram(path);
    native().connect(fd, path);
    const { outbox } = native();
    const size = outbox?.byteLength ?? 0;
    structuredClone(outbox, { transfer: outbox === undefined ? [] : [outbox] });
    expect(native().sendOutbox(fd, size)).toBe(size);
    for (const own of [fd, receiver]) native().close(own);
  });

  it('tells what the receiver has not read', () => {
    const path = `\0readyd-native-${process.pid}`;
    const receiver = native().bindDatagram(path);
    const fd = native().open();
    expect(native().unread(fd)).toBe(0);
    native().send(fd, path, 'READY=1');
    expect(native().unread(fd)).toBeGreaterThanOrEqual(7);
    native().receive(receiver, new Uint8Array(64));
    expect(native().unread(fd)).toBe(0);
    expect(native().unread(-1)).toBe(-constants.errno.EBADF);
    for (const own of [fd, receiver]) native().close(own);
  });

  it('closes only what it opened', () => {
    expect(native().close(0)).toBe(-constants.errno.EBADF);
    const fd = native().open();
    expect(native().close(fd)).toBe(0);
    expect(native().close(fd)).toBe(-constants.errno.EBADF);
  });

  it.each([0, 1, 8186, 8187, 8188, 8189, 8190, 8191, 8192, 8193, 20_000])(
    'carries a text of %d bytes whole',
    (size) => {
      for (const character of ['x', 'é', '€', '🚀']) {
        const text = character.repeat(Math.ceil(size / Buffer.byteLength(character)));
        const path = `\0readyd-native-${process.pid}`;
        const receiver = native().bindDatagram(path);
        const sender = native().open();
        const buffer = new Uint8Array(65_536);
        expect(native().send(sender, path, text)).toBe(Buffer.byteLength(text));
        const received = native().receive(receiver, buffer);
        expect(received).toMatchObject({ size: Buffer.byteLength(text), truncated: false, pid: process.pid });
        expect(Buffer.from(buffer.subarray(0, Buffer.byteLength(text))).toString()).toBe(text);
        native().close(receiver);
        native().close(sender);
      }
    },
  );

  it('tells which files consecutive descriptors stand for, up to one that is not open', () => {
    const [first, second] = [native().open(), native().open()].sort((a, b) => a - b) as [number, number];
    const files = new Float64Array(3 * (second - first + 1));
    expect(native().stat(first, files)).toBe(second - first + 1);
    for (const [fd, at] of [
      [first, 0],
      [second, files.length - 3],
    ] as const) {
      const { dev, ino, mode } = fstatSync(fd);
      expect([...files.subarray(at, at + 3)]).toEqual([dev, ino, mode]);
    }
    native().close(second);
    expect(native().stat(first, files)).toBe(second - first);
    native().close(first);
    expect(native().stat(first, files)).toBe(-constants.errno.EBADF);
    expect(native().stat(2_147_483_647, new Float64Array(6))).toBe(-constants.errno.EBADF);
    expect(native().stat(0, new Float64Array(4))).toBe(-constants.errno.EINVAL);
  });

  it('makes an open file block, and not, for all who have it', () => {
    const fd = native().open();
    const other = native().duplicate(fd);
    const flags = () => /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${other}`, 'utf8'))?.[1] ?? '';
    const blocks = () => (Number.parseInt(flags(), 8) & files.O_NONBLOCK) === 0;
    for (const on of [0, 1, 0] as const) {
      expect(native().nonBlocking(fd, on)).toBe(0);
      expect(blocks()).toBe(on === 0);
    }
    for (const own of [fd, other]) native().close(own);
  });

  it('seals a memory file', () => {
    const fd = native().memfd('readyd-test', 'content');
    expect(readFileSync(`/proc/self/fd/${fd}`, 'utf8')).toBe('content');
    expect(() => readFileSync(`/proc/self/fd/${fd}`, { flag: 'r+' })).not.toThrow(TypeError);
    expect(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')).toContain('flags:');
    // F_SEAL_SEAL, SHRINK, GROW and WRITE, of memfd_create(2).
    expect(native().seals(fd)).toBe(0xf);
    const socket = native().open();
    expect(native().seals(socket)).toBe(-constants.errno.EINVAL);
    for (const own of [fd, socket]) native().close(own);
  });
});
