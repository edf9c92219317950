// One run of a service, from its start to its end: what systemd.service(5) does for Type=notify.
import { SystemdError } from '../errors.ts';
import type { Exit, Launched } from './launch.ts';
import type { Notification } from './notification.ts';
import type { Sender } from './notify-receiver.ts';
import { type Phase, type Result, ServiceState } from './service-state.ts';
import type { TimelineEvent } from './timeline.ts';
import { Turns } from './turns.ts';
import { WatchdogTimer } from './watchdog-timer.ts';

/** How long things may take, in milliseconds; 0 for no watchdog. */
export interface Deadlines {
  readonly start: number;
  readonly stop: number;
  readonly watchdog: number;
}

export class Daemon {
  readonly pid: number;
  /** Resolves when it has ended, however that came. */
  readonly ended: Promise<Exit & { readonly result: Result }>;
  readonly #process: Launched;
  readonly #deadlines: Deadlines;
  readonly #record: (source: TimelineEvent['source'], text: string) => void;
  readonly #turns: Turns;
  readonly #watchdog: WatchdogTimer;
  readonly #state = new ServiceState();
  /** Why the manager ended it, which counts more than how it ended then. */
  #failure: Result | undefined;

  constructor(
    launched: Launched,
    deadlines: Deadlines,
    record: (source: TimelineEvent['source'], text: string) => void,
  ) {
    this.pid = launched.pid;
    this.#process = launched;
    this.#deadlines = deadlines;
    this.#record = record;
    this.#turns = new Turns(() => `the service is ${this.phase}, its status is ${JSON.stringify(this.status)}`);
    this.#watchdog = new WatchdogTimer(deadlines.watchdog, () => this.#hang());
    this.ended = launched.ended.then((exit) => this.#end(exit));
  }

  get phase(): Phase {
    return this.#state.phase;
  }

  /** What it said last, as `systemctl status` shows it. */
  get status(): string {
    return this.#state.status;
  }

  /** Everything it said. */
  get messages(): readonly Notification[] {
    return this.#state.messages;
  }

  /** Resolves when the condition holds, which is looked at whenever something changes. */
  async until(
    what: string,
    condition: (daemon: Daemon) => boolean,
    timeout: number = this.#deadlines.start,
  ): Promise<void> {
    await this.#turns.until(what, () => condition(this), timeout);
  }

  /** Resolves when it has said READY=1. */
  async ready(): Promise<void> {
    await this.until('READY=1', () => this.phase === 'running');
  }

  /** Sends SIGHUP and resolves when the service has said RELOADING=1, not from before the signal, and READY=1. */
  async reload(): Promise<void> {
    if (this.phase !== 'running') throw new SystemdError('SD_ERR_STATE', `the service is ${this.phase}`);
    const reload = this.#state.expectReload(process.hrtime.bigint() / 1000n);
    this.#signal('SIGHUP');
    await this.until('end of the reload', () => reload.done);
  }

  /** Sends SIGTERM, and SIGKILL to what does not end in time. */
  async stop(): Promise<Exit & { readonly result: Result }> {
    if (this.phase === 'ended') return await this.ended;
    if (this.phase !== 'stopping') this.#expectEnd();
    this.#state.beginStop();
    this.#signal('SIGTERM');
    return await this.ended;
  }

  /** Ends it now. */
  async kill(): Promise<void> {
    if (this.phase !== 'ended') this.#process.kill('SIGKILL');
    await this.ended;
  }

  /** Takes in a message that came over NOTIFY_SOCKET. */
  hear(notification: Notification | undefined, sender: Sender): void {
    if (notification === undefined) this.#record('manager', 'drops a malformed message');
    // NotifyAccess=main: whoever inherited the variable has no say.
    else if (sender.pid !== this.pid)
      this.#record('manager', `refuses a message of ${sender.pid}, not the main process`);
    else this.#follow(notification);
  }

  #follow(notification: Notification): void {
    this.#record('service', `${notification.lines.join(' ')}${this.#slack(notification)}`);
    const before = this.phase;
    this.#state.hear(notification);
    if (before === 'starting' && this.phase === 'running') this.#watchdog.start();
    if (before !== 'stopping' && this.phase === 'stopping') this.#expectEnd();
    if (!notification.barrier) this.#keepAlive(notification);
    this.#turns.look();
  }

  #slack({ watchdog }: Notification): string {
    const left = this.#watchdog.left;
    return watchdog !== 'ping' || left === undefined ? '' : ` (${Math.round(left)} ms to spare)`;
  }

  #expectEnd(): void {
    this.#watchdog.stop();
    this.#killAfter(this.#deadlines.stop, 'timeout');
  }

  #keepAlive({ watchdog, watchdogTimeout }: Notification): void {
    if (watchdog === 'ping') this.#watchdog.ping();
    if (watchdog === 'trigger') this.#hang();
    else if (watchdogTimeout !== undefined) this.#watchdog.start(watchdogTimeout);
  }

  #hang(): void {
    this.#watchdog.stop();
    this.#failure ??= 'watchdog';
    this.#record('manager', 'the watchdog has expired');
    this.#signal('SIGABRT');
    this.#killAfter(this.#deadlines.stop, 'watchdog');
  }

  #killAfter(ms: number, why: Result): void {
    const timer = setTimeout(() => {
      this.#failure ??= why;
      this.#signal('SIGKILL');
    }, ms);
    void this.ended.then(() => clearTimeout(timer));
  }

  #signal(signal: NodeJS.Signals): void {
    this.#record('manager', `sends ${signal}`);
    this.#process.kill(signal);
  }

  #end(exit: Exit): Exit & { readonly result: Result } {
    const own = this.#state.end(exit);
    const result = this.#failure ?? own;
    this.#watchdog.stop();
    this.#record('manager', `sees it end: ${exit.signal ?? `exit code ${exit.code}`}, result ${result}`);
    this.#turns.end(
      new SystemdError('SD_ERR_STATE', `the service has ended: ${exit.signal ?? `exit code ${exit.code}`}`),
    );
    return { ...exit, result };
  }
}
