// One session of `readyd run`: from the first start to the last exit, controlled by keys, signals and changed files.
import { constants } from 'node:os';
import type { Daemon } from '../../manager/daemon.ts';
import type { Manager } from '../../manager/manager.ts';
import type { End } from '../../manager/run-record.ts';
import type { Plan } from './arguments.ts';
import { Keyboard } from './keyboard.ts';
import type { View } from './view.ts';
import { watchPaths } from './watch.ts';

const HINT_MS = 2000;
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
    const { commands, cwd, env, watch } = this.#plan;
    const stopWatching = watchPaths(watch, (path) => void this.#restart(`${path} changed`));
    const interrupt = (): void => this.#interrupt();
    const hangUp = (): void => this.hangUp();
    for (const signal of SIGNALS) process.on(signal, interrupt);
    process.on('SIGHUP', hangUp);
    let hint: NodeJS.Timeout | undefined;
    const keyboard = new Keyboard((key) => this.#press(key));
    try {
      if (this.#plan.onDemand && !(await this.#untilAsked())) return 0;
      this.#daemon = this.#manager.startCommands(commands, {
        // Evaluated at each start.
        get env() {
          return env();
        },
        ...(cwd !== undefined && { cwd }),
      });
      this.#view.change(this.#daemon);
      hint = setTimeout(() => this.#hint(), HINT_MS).unref();
      return exitCode(await this.#untilOver());
    } finally {
      clearTimeout(hint);
      keyboard.close();
      stopWatching();
      for (const signal of SIGNALS) process.off(signal, interrupt);
      process.off('SIGHUP', hangUp);
    }
  }

  /** Explains a program that never sends READY=1, which otherwise shows no output until the start times out. */
  #hint(): void {
    if (this.#daemon.phase !== 'starting' || !this.#daemon.awaitsReady) return;
    this.#tell(
      "waits for READY=1: the program sends it by `await ready()` from 'readyd', or by service(). --type simple does not wait",
    );
  }

  /** With --watch, the next change restarts a service that has exited. */
  async #untilOver(): Promise<End> {
    for (;;) {
      const end = await this.#daemon.ended;
      if (this.#restarting) await new Promise((resolve) => setImmediate(resolve));
      else if (this.#leaving || (this.#plan.watch.length === 0 && !this.#startsAgain(end))) return end;
      else if (this.#startsAgain(end)) {
        if (!(await this.#untilAsked())) return end;
        if (!this.#daemon.running) this.#daemon.start();
      } else {
        this.#tell('waits for a file to change');
        const change = new Promise<void>((resolve) => (this.#changed = resolve));
        await Promise.race([this.#leave, change]);
        if (this.#leaving) return end;
      }
    }
  }

  /** systemd also restarts a failed service at the next connection; here its error must stay visible. */
  #startsAgain({ result }: End): boolean {
    return this.#plan.onDemand && result === 'success';
  }

  /** Resolves to false if the session ends first. */
  async #untilAsked(): Promise<boolean> {
    this.#tell('waits for a connection');
    const asked = new AbortController();
    void this.#leave.then(() => asked.abort());
    const name = await this.#manager.whenAsked(asked.signal);
    if (name !== undefined) this.#tell(`starts it for a connection on '${name}'`);
    return name !== undefined;
  }

  #changed: () => void = () => undefined;

  #tell(text: string): void {
    this.#view.event({ at: this.#manager.elapsed, source: 'manager', text });
  }

  #press(key: string): void {
    if (key === 'r') void this.#reload();
    else if (key === 'R') void this.#restart('you asked for it');
    else if (key === 'q' || key === '\u0003') this.#interrupt();
  }

  /** The terminal is gone. Called more than once: by a signal, and by every write that fails. */
  hangUp(): void {
    this.#hungUp = true;
    if (!this.#leaving) this.#interrupt();
  }

  /** The first call stops the service like `systemctl stop`, the second ends it immediately. */
  #interrupt(): void {
    const again = this.#leaving;
    this.#leaving = true;
    this.#left();
    if (again) void this.#daemon?.kill();
    else void this.#daemon?.stop();
  }

  async #reload(): Promise<void> {
    await this.#daemon?.reload().catch((error: Error) => this.#tell(error.message));
  }

  /** Changes during a restart cause one more restart. */
  async #restart(why: string): Promise<void> {
    if (this.#leaving || this.#daemon === undefined) return;
    this.#again = true;
    if (this.#restarting) return;
    this.#restarting = true;
    while (this.#again && !this.#leaving) {
      this.#again = false;
      this.#tell(`restarts the service: ${why}`);
      const restarted = this.#daemon.restart().catch((error: Error) => this.#tell(error.message));
      this.#changed();
      await restarted;
    }
    this.#restarting = false;
  }
}

/** A service that was ended by its own stop signal has ended successfully. */
export function exitCode({ code, signal, result }: End): number {
  if (signal === null) return code === 0 && result !== 'success' ? 1 : (code ?? 1);
  return result === 'success' ? 0 : 128 + constants.signals[signal];
}
