import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ground } from './target.ts';

/** A systemd that boots or runs, as the test sees it from outside. */
export interface Boot {
  /** PID 1 of the machine, as this process sees it. */
  readonly pid: number;
  /** The machine's cgroup: the root of what the systemd in it manages. */
  readonly cgroup: string;
  /** Kills everything in the machine and removes its traces. May be called again. */
  close(): Promise<void>;
}

type Outer = ChildProcessByStdio<null, Readable, Readable>;

// The names of cgroups and folders: readyd-<pid of the process that boots>-<random>.
const NAME = /^readyd-(\d+)-[0-9a-f]{8}$/;
const BOOT_TIMEOUT = 30_000;
const GRACE = 500;
const CLOSE_TIMEOUT = 10_000;

/** Starts a machine and waits until PID 1 accepts commands, which is before everything in it is up. */
export async function boot(ground: Ground, binds: readonly string[]): Promise<Boot> {
  sweep(ground.cgroups);
  const name = `readyd-${process.pid}-${randomBytes(4).toString('hex')}`;
  const cgroup = join(ground.cgroups, name);
  const scratch = join(realpathSync(tmpdir()), name);
  mkdirSync(cgroup);
  mkdirSync(scratch);
  const argv = ['start', cgroup, scratch, ground.tree, ...new Set([packageRoot(), process.execPath, ...binds])];
  const outer = spawn(join(packageRoot(), 'test/systemd/boot.sh'), argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  outer.stderr.setEncoding('utf8').on('data', (text: string) => output.push(text));
  outer.on('error', (error) => output.push(error.message));
  let pid: number | undefined;
  const close = async (): Promise<void> => {
    await stop(outer, pid);
    await removeCgroup(cgroup);
    if (existsSync(scratch)) rmdirSync(scratch);
  };
  try {
    pid = await firstLine(outer);
    await untilManaged(outer, pid);
    return { pid, cgroup, close };
  } catch (cause) {
    await close();
    throw new Error(`systemd ${ground.version} did not boot from ${ground.tree}: ${output.join('').trim()}`, { cause });
  }
}

/** The folder of the nearest package.json above this file, which is two levels up here and three once compiled. */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    if (folder === dirname(folder)) throw new Error(`no package.json above ${import.meta.dirname}`);
    folder = dirname(folder);
  }
  return folder;
}

async function firstLine(outer: Outer): Promise<number> {
  let text = '';
  for await (const chunk of outer.stdout) {
    text += String(chunk);
    if (text.includes('\n')) return Number(text.trim());
  }
  throw new Error('boot.sh ended before it became PID 1');
}

async function untilManaged(outer: Outer, pid: number): Promise<void> {
  const deadline = Date.now() + BOOT_TIMEOUT;
  while (!isManaged(pid)) {
    if (hasEnded(outer)) throw new Error('PID 1 ended');
    if (Date.now() > deadline) throw new Error(`no answer from PID 1 within ${BOOT_TIMEOUT} ms`);
    await delay(5);
  }
}

// The name first: until boot.sh has become systemd, /run is the host's and so is the socket in it.
function isManaged(pid: number): boolean {
  try {
    return (
      readFileSync(`/proc/${pid}/comm`, 'utf8') === 'systemd\n' && existsSync(`/proc/${pid}/root/run/systemd/private`)
    );
  } catch {
    return false;
  }
}

function hasEnded(outer: Outer): boolean {
  return outer.exitCode !== null || outer.signalCode !== null || outer.pid === undefined;
}

// PID 1 is killed rather than `unshare`, its parent: `unshare` ends once the kernel has ended all of the pid namespace,
// and until then it keeps the pid from being given to a stranger. It may wait long for a zombie: what a killed nsenter
// leaves behind goes to the init outside, and in a container that may be a program that never looks after its children.
// Ending `unshare` early is safe: that the cgroup can be removed is the proof that nothing in it is alive.
async function stop(outer: Outer, pid: number | undefined): Promise<void> {
  if (hasEnded(outer)) return;
  const exited = once(outer, 'exit');
  if (pid === undefined || !kill(pid)) outer.kill('SIGKILL');
  const timer = setTimeout(() => outer.kill('SIGKILL'), GRACE);
  await exited;
  clearTimeout(timer);
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

// The last processes leave their cgroup shortly after they were killed; until then it is busy.
async function removeCgroup(cgroup: string): Promise<void> {
  const deadline = Date.now() + CLOSE_TIMEOUT;
  while (!removeEmptyFolders(cgroup)) {
    if (Date.now() > deadline) throw new Error(`processes are left in ${cgroup}`);
    await delay(5);
  }
}

/** Removes a folder of nothing but folders; cgroups have files that cannot and need not be removed. */
function removeEmptyFolders(folder: string): boolean {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name));
    }
    rmdirSync(folder);
    return true;
  } catch {
    return !existsSync(folder);
  }
}

// A process that was killed takes its machines along, but leaves their empty cgroups and folders to the next one.
function sweep(cgroups: string): void {
  for (const parent of [cgroups, tmpdir()]) {
    for (const name of readdirSync(parent)) {
      const owner = NAME.exec(name)?.[1];
      if (owner !== undefined && !existsSync(`/proc/${owner}`)) removeEmptyFolders(join(parent, name));
    }
  }
}
