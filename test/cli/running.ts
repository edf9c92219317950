// `readyd run` as a child process, for tests: its output, its exit, and the processes that it leaves behind.
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, afterEach } from 'vitest';
import { packageRoot } from '../systemd/boot.ts';

export const MAIN: string = join(packageRoot(), 'dist/cli/main.js');
export const READYD: string = join(packageRoot(), 'dist/index.js');
/** A folder for programs and sockets, gone after the last test of the file. */
export const FOLDER: string = mkdtempSync(join(tmpdir(), 'readyd-run-'));
/** Each run has a TMPDIR in it: a run that a failed test killed leaves files, which no later test shall find. */
const TEMPORARY = mkdtempSync(join(tmpdir(), 'readyd-run-'));
chmodSync(TEMPORARY, 0o711);
let temporary = TEMPORARY;
export const STAY = 'setInterval(() => {}, 1e6);';
/** A service that answers with its pid. */
export const SERVER = `
const server = http.createServer((_, response) => response.setHeader('connection', 'close').end(String(process.pid)));
await sd.service({ start: () => sd.listen(server, { name: 'web' }), stop: () => sd.drain(server), reload() {} });`;

export type Run = ChildProcessByStdio<null, Readable, Readable>;
export interface Running {
  readonly child: Run;
  /** The output so far, of both streams. */
  readonly out: () => string;
}

let running: Running | undefined;
let programs = 0;

afterEach(() => {
  running?.child.kill('SIGKILL');
  running = undefined;
});
afterAll(() => {
  for (const folder of [FOLDER, TEMPORARY]) rmSync(folder, { recursive: true, force: true });
});

/** Writes a module with these lines and returns its path; `sd` has all exports of readyd. */
export function program(script: string): string {
  programs += 1;
  const path = join(FOLDER, `program-${programs}.mjs`);
  writeFileSync(path, `import * as sd from '${READYD}';\nimport * as http from 'node:http';\n${script}`);
  return path;
}

export function run(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'run', ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    env: environment(),
  });
  return { code: status, stdout, stderr };
}

export function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  temporary = mkdtempSync(join(TEMPORARY, 't'));
  chmodSync(temporary, 0o711); // as /tmp, for a service that drops its privileges
  return { ...process.env, TMPDIR: temporary, ...more };
}

/** Starts `readyd run`; `shows`, `ended` and the end of the test refer to this process. */
export function begin(...args: string[]): Running {
  return beginWith({}, ...args);
}

export function beginWith(env: Readonly<Record<string, string>>, ...args: string[]): Running {
  const child = spawn(process.execPath, [MAIN, 'run', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(env),
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  running = { child, out: () => text };
  return running;
}

export async function shows(pattern: RegExp, patience = 240_000): Promise<string> {
  const end = Date.now() + patience;
  while (!pattern.test(running?.out() ?? '')) {
    if (Date.now() > end) throw new Error(`never ${pattern}:\n${running?.out()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return running?.out() ?? '';
}

export async function ended(): Promise<number | null> {
  const child = running?.child;
  if (child === undefined) throw new Error('nothing runs');
  return child.exitCode ?? (await new Promise((resolve) => child.once('exit', resolve)));
}

/** A zombie has ended; it is up to the init of this machine when it goes. */
export function isAlive(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** The files that the last run left behind. */
export function leftOver(): string[] {
  return readdirSync(temporary);
}
