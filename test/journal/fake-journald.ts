// A journald to talk to: receiver.py, in a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { decodeText } from './decoder.ts';

export interface Received {
  readonly bytes: Buffer;
  readonly fields: Record<string, string[]>;
  /** The number of descriptors with the entry, the seals of the last one, and its open flags. */
  readonly fds: number;
  readonly seals?: number;
  readonly flags?: number;
  /** The bytes of the entry, and of the datagram. */
  readonly size: number;
  readonly payload: number;
}

export interface FakeJournald extends AsyncDisposable {
  readonly path: string;
  readonly entries: Received[];
  open(): Promise<void>;
  close(): Promise<void>;
  read(): Promise<void>;
  stall(): Promise<void>;
  /** Resolves once so many entries have come. */
  arrived(count: number): Promise<readonly Received[]>;
  /** Resolves once this entry has come. */
  arrivedMessage(message: string): Promise<readonly Received[]>;
}

/** It listens, but reads nothing yet. A quiet one does not report the contents of the entries. */
export async function fakeJournald(options: { quiet?: boolean } = {}): Promise<FakeJournald> {
  const path = join(mkdtempSync(join(tmpdir(), 'readyd-')), 'socket');
  const script = fileURLToPath(new URL('receiver.py', import.meta.url));
  const child = spawn('python3', [script, path, ...(options.quiet ? ['quiet'] : [])], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const entries: Received[] = [];
  const answers: string[] = [];
  let notice: () => void = () => undefined;
  let over = false;
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise<void>((resolve) => (notice = resolve));
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    // It may have been ended in the middle of one.
    if (over) return;
    const { entry, ...facts } = JSON.parse(line);
    if (entry === undefined) answers.push(Object.keys(facts)[0] ?? '');
    else {
      const bytes = Buffer.from(entry, 'base64');
      entries.push({ bytes, ...facts, fields: decodeText(bytes) });
    }
    notice();
  });
  const obey = async (command: string): Promise<void> => {
    child.stdin.write(`${command}\n`);
    await until(() => answers.includes(command));
    answers.splice(answers.indexOf(command), 1);
  };
  const journald: FakeJournald = {
    path,
    entries,
    open: () => obey('open'),
    close: () => obey('close'),
    stall: () => obey('stall'),
    read: () => obey('read'),
    async arrived(count) {
      await until(() => entries.length >= count);
      return entries;
    },
    async arrivedMessage(message) {
      await until(() => entries.at(-1)?.fields.MESSAGE?.[0] === message);
      return entries;
    },
    async [Symbol.asyncDispose]() {
      const exit = once(child, 'exit');
      over = true;
      child.stdin.end();
      await exit;
      rmSync(dirname(path), { recursive: true, force: true });
    },
  };
  await journald.open();
  return journald;
}
