// One session of `readyd run`: from the first start to the last end, with what keys, signals and changed files ask for.
import { constants } from 'node:os';
import type { Daemon } from '../../manager/daemon.ts';
import type { Manager } from '../../manager/manager.ts';
import type { End } from '../../manager/run-record.ts';
import type { Plan } from './arguments.ts';
import { Keyboard } from './keyboard.ts';
import type { View } from './view.ts';
import { watchPaths } from './watch.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export class Session {
  readonly #manager: Manager;
  readonly #plan: Plan;
  readonly #view: View;
  #daemon!: Daemon;
  #leaving = false;
  #hungUp = false;
  #restarting = false;
  #again = false;
  #left: () => void = () => undefined;
  readonly #leave = new Promise<void>((resolve) => {
    this.#left = resolve;
  });

  constructor(manager: Manager, plan: Plan, view: View) {
    this.#manager = manager;
    this.#plan = plan;
    this.#view = view;
  }

  get hungUp(): boolean {
    return this.#hungUp;
  }

  /** Resolves to the exit code. */
  async live(): Promise<number> {
    const { command, args, cwd, env, watch } = this.#plan;
    const stopWatching = watchPaths(watch, (path) => void this.#restart(`${path} has changed`));
    const interrupt = (): void => this.#interrupt();
    const hangUp = (): void => this.hangUp();
    for (const signal of SIGNALS) process.on(signal, interrupt);
    process.on('SIGHUP', hangUp);
    const keyboard = new Keyboard((key) => this.#press(key));
    try {
      this.#daemon = await this.#manager.start(command, args, { env, ...(cwd !== undefined && { cwd }) });
      this.#view.change(this.#daemon);
      return exitCode(await this.#untilOver());
    } finally {
      keyboard.close();
      stopWatching();
      for (const signal of SIGNALS) process.off(signal, interrupt);
      process.off('SIGHUP', hangUp);
    }
  }

  /** With --watch, a service that has ended is started again by the next change. */
  async #untilOver(): Promise<End> {
    for (;;) {
      const end = await this.#daemon.ended;
      if (this.#restarting) await new Promise((resolve) => setImmediate(resolve));
      else if (this.#leaving || this.#plan.watch.length === 0) return end;
      else {
        this.#tell('waits for a change');
        const change = new Promise<void>((resolve) => (this.#changed = resolve));
        await Promise.race([this.#leave, change]);
        if (this.#leaving) return end;
      }
    }
  }

  #changed: () => void = () => undefined;

  #tell(text: string): void {
    this.#view.event({ at: this.#manager.elapsed, source: 'manager', text });
  }

  #press(key: string): void {
    if (key === 'r') void this.#reload();
    else if (key === 'R') void this.#restart('you ask for a restart');
    else if (key === 'q' || key === '\u0003') this.#interrupt();
  }

  /** The terminal is gone, which its end says more than once: a signal, and every write that fails. */
  hangUp(): void {
    this.#hungUp = true;
    if (!this.#leaving) this.#interrupt();
  }

  /** The first time as `systemctl stop`, the second time at once. */
  #interrupt(): void {
    const again = this.#leaving;
    this.#leaving = true;
    this.#left();
    if (again) void this.#daemon?.kill();
    else void this.#daemon?.stop();
  }

  async #reload(): Promise<void> {
    await this.#daemon.reload().catch((error: Error) => this.#tell(error.message));
  }

  /** Changes that come while it restarts are one more restart. */
  async #restart(why: string): Promise<void> {
    if (this.#leaving || this.#daemon === undefined) return;
    this.#again = true;
    if (this.#restarting) return;
    this.#restarting = true;
    while (this.#again && !this.#leaving) {
      this.#again = false;
      this.#tell(`restarts it: ${why}`);
      const restarted = this.#daemon.restart().catch((error: Error) => this.#tell(error.message));
      this.#changed();
      await restarted;
    }
    this.#restarting = false;
  }
}

/** A service that was ended by the signal that asks for it has ended well. */
export function exitCode({ code, signal, result }: End): number {
  if (signal === null) return code === 0 && result !== 'success' ? 1 : (code ?? 1);
  return result === 'success' ? 0 : 128 + constants.signals[signal];
}
