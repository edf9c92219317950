// The processes of one run of a service: the main one, a control one (ExecStartPre=, ExecReload=, …), and the others.
import { randomBytes } from 'node:crypto';
import { whenReady } from '../descriptor-poll.ts';
import { native, POLLIN } from '../native.ts';
import { sleep } from '../timer.ts';
import type { SenderRole } from './access.ts';
import type { Exit, Launched } from './launch.ts';
import { belongs, isAlive, members, startOf, type Tree } from './process-tree.ts';
import type { Settings } from './settings.ts';

const LONG_MS = 60_000;
const LOOK_MS = 20;

export class Processes {
  readonly invocation: string = randomBytes(16).toString('hex');
  #leader = -1;
  #since: number | undefined;
  #main: number | undefined;
  #control: number | undefined;

  get main(): number | undefined {
    return this.#main;
  }

  get control(): number | undefined {
    return this.#control;
  }

  /** Calls `exited` unless another process has become the main one meanwhile. */
  follow(launched: Launched, exited: (exit: Exit) => void): void {
    this.#leader = launched.pid;
    this.#since ??= startOf(launched.pid);
    this.#setMain(launched.pid, launched.ended, exited);
  }

  /** For a process that is not a child of this one: its exit code is unknown. */
  followStranger(pid: number, exited: (exit: Exit) => void): void {
    this.#setMain(pid, endOf(pid), exited);
  }

  #setMain(pid: number, ended: Promise<Exit>, exited: (exit: Exit) => void): void {
    this.#main = pid;
    void ended.then((exit) => {
      if (this.#main !== pid) return;
      this.#main = undefined;
      exited(exit);
    });
  }

  followControl({ pid, ended }: Launched, exited: (exit: Exit) => void): void {
    this.#control = pid;
    this.#since ??= startOf(pid);
    void ended.then((exit) => {
      if (this.#control !== pid) return;
      this.#control = undefined;
      exited(exit);
    });
  }

  roleOf(pid: number): SenderRole {
    if (pid === this.#main) return 'main';
    if (pid === this.#control) return 'control';
    return this.has(pid) ? 'other' : 'stranger';
  }

  has(pid: number): boolean {
    return pid === this.#main || pid === this.#control || belongs(pid, this.#tree);
  }

  /** Whether any of them is running. */
  get any(): boolean {
    return this.#main !== undefined || this.#control !== undefined || members(this.#tree).length > 0;
  }

  /** Sends a signal to the processes of KillMode=, and returns whether to wait for any of them. */
  kill(signal: NodeJS.Signals, mode: Settings['killMode'], last: boolean): boolean {
    const own = [this.#main, this.#control].filter((pid) => pid !== undefined);
    const all = mode === 'control-group' || (mode === 'mixed' && last);
    const pids = mode === 'none' ? [] : all ? new Set([...own, ...members(this.#tree)]) : own;
    let found = false;
    for (const pid of pids) found = send(pid, signal) || found;
    return found;
  }

  signalMain(signal: NodeJS.Signals): boolean {
    return this.#main !== undefined && send(this.#main, signal);
  }

  /** Resolves when none of them is running, or the signal aborts. */
  async gone(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.any) await sleep(LOOK_MS);
  }

  get #tree(): Tree {
    return { leader: this.#leader, invocation: this.invocation, since: this.#since ?? 0 };
  }
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // it has exited
  }
}

async function endOf(pid: number): Promise<Exit> {
  const fd = native().openProcess(pid);
  if (fd >= 0) {
    while ((await whenReady(fd, POLLIN, LONG_MS)) === 0);
    native().close(fd);
  }
  // Polls if there is no spare descriptor, or the kernel cannot wait for the process.
  while (isAlive(pid)) await sleep(LOOK_MS);
  return { code: null, signal: null };
}
