// Receivers of datagrams. `unix-dgram`, a package that shares no code with ours, reads at once; the addon's receiving side
// reads when the test says so.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import unix from 'unix-dgram';
import { afterAll } from 'vitest';
import { type Datagram, native } from '../../src/native.ts';

export interface Receiver extends AsyncDisposable {
  readonly path: string;
  readonly messages: readonly string[];
  /** Resolves once so many messages have arrived. */
  arrived(count: number): Promise<readonly string[]>;
}

const directory = mkdtempSync(join(tmpdir(), 'readyd-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let paths = 0;

/** An unused path; its folder goes after the last test of the file. */
export function temporaryPath(name = 'notify'): string {
  paths += 1;
  return join(directory, `${paths}-${name}`);
}

export function createReceiver(path: string = temporaryPath()): Receiver {
  const messages: string[] = [];
  let notice: () => void = () => undefined;
  const socket = unix.createSocket('unix_dgram', (bytes) => {
    messages.push(bytes.toString());
    notice();
  });
  socket.bind(path);
  return {
    path,
    messages,
    async arrived(count) {
      while (messages.length < count) await new Promise<void>((resolve) => (notice = resolve));
      return messages;
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      rmSync(path, { force: true });
    },
  };
}

export interface StalledReceiver extends Disposable {
  readonly path: string;
  readonly fd: number;
  /** Everything that is queued now. */
  read(): { text: string; datagram: Datagram }[];
  /** Reads messages as they arrive, until so many have come. */
  readUntil(count: number): Promise<string[]>;
}

/** Reads nothing until `read()` is called. */
export function createStalledReceiver(path: string = temporaryPath()): StalledReceiver {
  const fd = native().bindDatagram(path);
  if (fd < 0) throw new Error(`bind ${path}: ${fd}`);
  const buffer = new Uint8Array(65_536);
  const read = () => {
    const all: { text: string; datagram: Datagram }[] = [];
    for (
      let datagram = native().receive(fd, buffer);
      typeof datagram !== 'number';
      datagram = native().receive(fd, buffer)
    ) {
      all.push({ text: Buffer.from(buffer.subarray(0, datagram.size)).toString(), datagram });
    }
    return all;
  };
  return {
    path,
    fd,
    read,
    async readUntil(count) {
      const texts: string[] = [];
      while (texts.length < count) {
        texts.push(...read().map(({ text }) => text));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return texts;
    },
    [Symbol.dispose]() {
      native().close(fd);
      if (!path.startsWith('\0')) rmSync(path, { force: true });
    },
  };
}
