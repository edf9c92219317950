// A service manager for one service, in one process, that speaks systemd's protocol: for development and for tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemdError } from '../errors.ts';
import { Daemon } from './daemon.ts';
import { launch } from './launch.ts';
import { Listener } from './listener.ts';
import type { Notification } from './notification.ts';
import { NotifyReceiver, type Sender } from './notify-receiver.ts';
import type { TimelineEvent } from './timeline.ts';

export interface ManagerOptions {
  /** Sockets to bind and to pass on, by name: `8080`, `127.0.0.1:0`, `[::1]:8080`, `/run/app.sock`, `@abstract`. */
  readonly listen?: Readonly<Record<string, string>>;
  /** WatchdogSec=, in milliseconds; none by default. */
  readonly watchdog?: number;
  /** TimeoutStartSec= and TimeoutStopSec=, in milliseconds; 90 000 by default. */
  readonly startTimeout?: number;
  readonly stopTimeout?: number;
  readonly onEvent?: (event: TimelineEvent) => void;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

const TIMEOUT_MS = 90_000;

/** Binds the sockets; they stay until `close`, also across several starts. */
export async function createManager(options: ManagerOptions = {}): Promise<Manager> {
  return new Manager(options);
}

export class Manager {
  readonly sockets: readonly Listener[];
  readonly #options: ManagerOptions;
  readonly #directory: string;
  readonly #receiver: NotifyReceiver;
  readonly #began = performance.now();
  #daemon: Daemon | undefined;
  readonly #onExit = (): void => this.#release();
  /** What came before the start was through: the service is quicker than the news of its pid. */
  readonly #early: [Notification | undefined, Sender][] = [];

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.#directory = mkdtempSync(join(tmpdir(), 'readyd-manager-'));
    const sockets: Listener[] = [];
    this.sockets = sockets;
    process.once('exit', this.#onExit);
    try {
      this.#receiver = new NotifyReceiver(join(this.#directory, 'notify'), (...message) => this.#hear(...message));
      for (const [name, where] of Object.entries(options.listen ?? {})) sockets.push(new Listener(name, where));
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /** Milliseconds since it was created, the clock of its events. */
  get elapsed(): number {
    return performance.now() - this.#began;
  }

  /** Starts the service; see `Daemon.ready()` for when it is up. One runs at a time. */
  async start(command: string, args: readonly string[] = [], options: StartOptions = {}): Promise<Daemon> {
    if (this.#daemon !== undefined && this.#daemon.phase !== 'ended') {
      throw new SystemdError('SD_ERR_STATE', `the service is ${this.#daemon.phase}`);
    }
    const { watchdog = 0, startTimeout = TIMEOUT_MS, stopTimeout = TIMEOUT_MS } = this.#options;
    this.#daemon = undefined;
    const names = this.sockets.map(({ name }) => name);
    this.#record('manager', `starts ${[command, ...args].join(' ')}`);
    const launched = await launch({
      ...options,
      command: [command, ...args],
      provision: { notifySocket: this.#receiver.path, names, watchdog },
      fds: this.sockets.map(({ fd }) => fd),
      onLine: (stream, line) => this.#record(stream, line),
    });
    // Its last words may still be in the queue.
    const ended = launched.ended.finally(() => this.#receiver.read());
    const deadlines = { start: startTimeout, stop: stopTimeout, watchdog };
    const daemon = new Daemon({ ...launched, ended }, deadlines, (source, text) => this.#record(source, text));
    this.#daemon = daemon;
    for (const message of this.#early.splice(0)) daemon.hear(...message);
    return daemon;
  }

  /** Ends what still runs, closes the sockets, and removes their files. */
  async close(): Promise<void> {
    await this.#daemon?.kill();
    this.#release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #hear(notification: Notification | undefined, sender: Sender): void {
    if (this.#daemon === undefined) this.#early.push([notification, sender]);
    else this.#daemon.hear(notification, sender);
  }

  #record(source: TimelineEvent['source'], text: string): void {
    this.#options.onEvent?.({ at: this.elapsed, source, text });
  }

  /** Also at the exit of a process that forgot to close. */
  #release(): void {
    process.off('exit', this.#onExit);
    for (const socket of this.sockets) socket.close();
    this.#receiver?.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
