// A child program with a manager and a journal that only listen.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, onTestFinished } from 'vitest';
import { createReceiver, type Receiver, temporaryPath } from '../helpers/receiver.ts';
import { packageRoot } from '../systemd/boot.ts';

export const BLOCKS: string = fileURLToPath(new URL('fixtures/blocks.js', import.meta.url));

let modules: string | undefined;
// A worker of the test runner is ended without its 'exit'.
afterAll(() => {
  if (modules !== undefined) rmSync(modules, { recursive: true, force: true });
});

/**
 * The address of the watchdog's module, compiled for a child program that may run on a Node that reads no TypeScript. The
 * package itself holds one file for all modules, in which the journal's socket cannot be chosen.
 */
export function watchdogModule(): string {
  modules ??= compile();
  return pathToFileURL(join(modules, 'watchdog/watchdog.js')).href;
}

function compile(): string {
  const folder = mkdtempSync(join(packageRoot(), 'build/watchdog-'));
  const options = ['--outDir', folder, '--emitDeclarationOnly', 'false', '--declaration', 'false'];
  const { stdout } = spawnSync(
    join(packageRoot(), 'node_modules/.bin/tsc'),
    ['-p', join(packageRoot(), 'tsconfig.build.json'), '--isolatedDeclarations', 'false', ...options],
    { encoding: 'utf8' },
  );
  if (stdout !== '') console.warn(stdout);
  // The worker is one file, built by `npm run build:dist`, beside the code of the package.
  copyFileSync(join(packageRoot(), 'dist/diagnosis-worker.cjs'), join(folder, 'diagnosis-worker.cjs'));
  return folder;
}

/** The line that a fixture marks with a comment. */
export function markedLine(mark: string, path: string = BLOCKS): string {
  const index = readFileSync(path, 'utf8')
    .split('\n')
    .findIndex((line) => line.endsWith(`// ${mark}`));
  return String(index + 1);
}

export interface ChildOptions {
  readonly node?: string;
  readonly nodeOptions?: readonly string[];
  /** Of the watchdog, in milliseconds. */
  readonly timeout?: number;
  readonly args?: readonly string[];
}

export class Child implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly manager: Receiver;
  readonly journal: Receiver;
  stderr = '';
  stdout = '';
  readonly ended: Promise<unknown[]>;

  constructor(script: string, { node = process.execPath, nodeOptions = [], timeout = 1000, args = [] }: ChildOptions) {
    this.manager = createReceiver();
    this.journal = createReceiver(temporaryPath('journal'));
    this.process = spawn(node, [...nodeOptions, script, ...args], {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        NOTIFY_SOCKET: this.manager.path,
        READYD_NATIVE: join(packageRoot(), 'build/Release/readyd.node'),
        WATCHDOG_MODULE: watchdogModule(),
        JOURNAL_PATH: this.journal.path,
        WATCHDOG_USEC: String(timeout * 1000),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = once(this.process, 'close');
    // A test that times out does not reach the end of its block, and a program that blocks on purpose would run for ever.
    onTestFinished(() => void this.process.kill('SIGKILL'));
  }

  /** The journal's entries, once there are so many. */
  async entries(count: number): Promise<Record<string, string>[]> {
    return (await this.journal.arrived(count)).map(readEntry);
  }

  /** What STATUS has been, so far. */
  get statuses(): string[] {
    return this.manager.messages.flatMap((text) => /^STATUS=(.*)$/m.exec(text)?.[1] ?? []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGKILL');
    await this.ended;
    await this.manager[Symbol.asyncDispose]();
    await this.journal[Symbol.asyncDispose]();
  }
}

/** An entry of ASCII text in journald's native protocol. https://systemd.io/JOURNAL_NATIVE_PROTOCOL/ */
function readEntry(text: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let rest = text; rest !== ''; ) {
    const line = rest.slice(0, rest.indexOf('\n'));
    const equals = line.indexOf('=');
    if (equals >= 0) {
      fields[line.slice(0, equals)] = line.slice(equals + 1);
      rest = rest.slice(line.length + 1);
    } else {
      const framed = /^.{8}(.*?)\n(?=[A-Z_]+[=\n]|$)/s.exec(rest.slice(line.length + 1));
      if (framed === null) throw new Error(`cannot read ${JSON.stringify(rest)}`);
      fields[line] = framed[1] ?? '';
      rest = rest.slice(line.length + 1 + framed[0].length);
    }
  }
  return fields;
}
