import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { onMemoryPressure } from '../../src/service/memory-pressure.ts';
import { eventually } from '../helpers/eventually.ts';
import { testWith } from '../left-out.ts';
import { child } from './child.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'readyd-pressure-'));
});

afterEach(() => {
  delete process.env.MEMORY_PRESSURE_WATCH;
  delete process.env.MEMORY_PRESSURE_WRITE;
  rmSync(folder, { recursive: true });
});

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

function makeFifo(): string {
  const path = join(folder, 'fifo');
  execFileSync('mkfifo', [path]);
  return path;
}

test('a pipe: every write calls the handler, until it is disposed', async () => {
  const path = makeFifo();
  process.env.MEMORY_PRESSURE_WATCH = path;
  const before = descriptors();
  const handler = vi.fn<() => void>();
  const watch = onMemoryPressure(handler);
  const writer = openSync(path, 'r+');
  writeSync(writer, 'x');
  await eventually(() => expect(handler).toHaveBeenCalledTimes(1));
  writeSync(writer, 'y'.repeat(10_000));
  await eventually(() => expect(handler).toHaveBeenCalledTimes(2));
  expect(handler.mock.calls).toEqual([[], []]);
  watch[Symbol.dispose]();
  watch[Symbol.dispose]();
  writeSync(writer, 'z');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(handler).toHaveBeenCalledTimes(2);
  closeSync(writer);
  expect(descriptors()).toBe(before);
});

test('a pipe: what is asked for is written, and is not taken for news when it comes back', async () => {
  const path = makeFifo();
  const reader = openSync(path, 'r+');
  process.env.MEMORY_PRESSURE_WATCH = path;
  process.env.MEMORY_PRESSURE_WRITE = Buffer.from('woof!').toString('base64');
  const handler = vi.fn<() => void>();
  const watch = onMemoryPressure(handler);
  const buffer = Buffer.alloc(10);
  expect(buffer.toString('latin1', 0, readSync(reader, buffer))).toBe('woof!');
  writeSync(reader, 'woof!');
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(handler).not.toHaveBeenCalled();
  writeSync(reader, 'news');
  await eventually(() => expect(handler).toHaveBeenCalledTimes(1));
  watch[Symbol.dispose]();
  closeSync(reader);
});

test('a unix socket: connects, writes what is asked for, and is called for what comes', async () => {
  const path = join(folder, 'socket');
  const server = createServer().listen(path);
  await once(server, 'listening');
  process.env.MEMORY_PRESSURE_WATCH = path;
  process.env.MEMORY_PRESSURE_WRITE = Buffer.from('some 1 2\0').toString('base64');
  const handler = vi.fn<() => void>();
  const watch = onMemoryPressure(handler);
  const [socket] = (await once(server, 'connection')) as [Socket];
  expect(String((await once(socket, 'data'))[0])).toBe('some 1 2\0');
  socket.write('x');
  await eventually(() => expect(handler).toHaveBeenCalledTimes(1));
  expect(handler.mock.calls).toEqual([[]]);
  watch[Symbol.dispose]();
  await once(socket, 'close');
  server.close();
});

test('a unix socket without a listener, or that hangs up, is quiet', async () => {
  const path = join(folder, 'socket');
  const server = createServer((socket) => socket.destroy()).listen(path);
  await once(server, 'listening');
  process.env.MEMORY_PRESSURE_WATCH = path;
  const handler = vi.fn<() => void>();
  onMemoryPressure(handler);
  await once(server, 'connection');
  server.close();
  await new Promise((resolve) => setTimeout(resolve, 100));
  execFileSync('python3', ['-c', `import socket; socket.socket(socket.AF_UNIX).bind(${JSON.stringify(path)})`]);
  onMemoryPressure(handler);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(handler).not.toHaveBeenCalled();
});

test('switched off, it does nothing', () => {
  const before = descriptors();
  for (const watch of ['', '/dev/null']) {
    process.env.MEMORY_PRESSURE_WATCH = watch;
    onMemoryPressure(() => undefined)[Symbol.dispose]();
  }
  expect(descriptors()).toBe(before);
});

test('a file of the kernel that cannot be configured is quiet, and leaks nothing', () => {
  process.env.MEMORY_PRESSURE_WATCH = '/proc/self/comm';
  process.env.MEMORY_PRESSURE_WRITE = Buffer.from('x').toString('base64');
  const before = descriptors();
  onMemoryPressure(() => undefined)[Symbol.dispose]();
  expect(descriptors()).toBe(before);
});

const noPressure = existsSync('/proc/pressure/memory') ? undefined : { reason: 'the kernel has no /proc/pressure' };

testWith(noPressure, 'the pressure of the machine by default', () => {
  const before = descriptors();
  onMemoryPressure(() => undefined)[Symbol.dispose]();
  expect(descriptors()).toBe(before);
});

test('a missing file that systemd names is reported', () => {
  process.env.MEMORY_PRESSURE_WATCH = join(folder, 'missing');
  expect(() => onMemoryPressure(() => undefined)).toThrow(
    expect.objectContaining({ name: 'SyscallError', code: 'ENOENT', path: join(folder, 'missing') }),
  );
});

test('a malformed variable is reported', () => {
  process.env.MEMORY_PRESSURE_WATCH = 'relative';
  expect(() => onMemoryPressure(() => undefined)).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ENV' }));
  writeFileSync(join(folder, 'file'), '');
  process.env.MEMORY_PRESSURE_WATCH = join(folder, 'file');
  process.env.MEMORY_PRESSURE_WRITE = '?';
  expect(() => onMemoryPressure(() => undefined)).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ENV' }));
  expect(() => onMemoryPressure('no' as never)).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ARG' }));
});

test('it does not keep the process alive', async () => {
  const path = makeFifo();
  for (const watch of [path, '/proc/pressure/memory']) {
    const program = child('readyd.onMemoryPressure(() => undefined); console.log("watching");', {
      MEMORY_PRESSURE_WATCH: watch,
      MEMORY_PRESSURE_WRITE: Buffer.from('some 200000 2000000\0').toString('base64'),
    });
    expect(await program.ended).toMatchObject({ code: 0, stdout: 'watching\n', stderr: '' });
  }
});
