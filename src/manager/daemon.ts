// A service, from its first start to its last end, for who started it: what `systemctl` and `journalctl` would tell.
import { SystemdError } from '../errors.ts';
import type { Notification } from '../notify/decode.ts';
import { effectiveAccess, mayNotify, ROLE_TEXTS } from './access.ts';
import type { PassedFds, Sender } from './datagram-receiver.ts';
import type { Stored } from './descriptor-store.ts';
import { obey } from './hearing.ts';
import type { JournalRecord } from './journal-record.ts';
import { Recent } from './recent.ts';
import { Clock, describeEnd, type End, type Message, type Surroundings, slack, type Timing } from './run-record.ts';
import {
  type ActiveState,
  activeStateOf,
  type Phase,
  phaseOf,
  type Result,
  type SubState,
  waitsForReady,
} from './service-state.ts';
import { Turns } from './turns.ts';
import type { Unit } from './unit.ts';

/**
 * A service that the manager runs, from its start to its end: what can be asked of it, and what it can be told. What is
 * waited for rejects with `SD_ERR_STATE` when the service ends first, and says how it did.
 */
export class Daemon {
  readonly #unit: Unit;
  readonly #around: Surroundings;
  readonly #turns: Turns;
  readonly #messages = new Recent<Message>();
  readonly #journal = new Recent<JournalRecord>();
  #lastPid = 0;
  #finished = false;
  readonly #clock: Clock;
  #ended!: Promise<End>;
  #end: (end: End) => void = () => undefined;

  constructor(unit: Unit, around: Surroundings) {
    this.#unit = unit;
    this.#around = around;
    this.#clock = new Clock(around.elapsed);
    this.#turns = new Turns(() => `the service is ${this.phase}, its status is ${JSON.stringify(this.status)}`);
    this.#begin();
  }

  /** The last one where none runs. */
  get pid(): number {
    return this.#unit.processes.main ?? this.#lastPid;
  }

  get phase(): Phase {
    return phaseOf(this.#unit.state);
  }

  /** As `systemctl show` has them. */
  get activeState(): ActiveState {
    return activeStateOf(this.#unit.state);
  }

  get subState(): SubState {
    return this.#unit.state;
  }

  get result(): Result {
    return this.#unit.result;
  }

  /** How the last reload went: ReloadResult. */
  get reloadResult(): Result {
    return this.#unit.reloadResult;
  }

  /** Whether there is a main process. */
  get running(): boolean {
    return this.#unit.processes.main !== undefined;
  }

  /** How often it was started again by itself: NRestarts. */
  get restarts(): number {
    return this.#unit.restarts;
  }

  /** Whether it is up only once it has said READY=1: Type=notify. */
  get awaitsReady(): boolean {
    return waitsForReady(this.#unit.settings.type);
  }

  /** What it said last, as `systemctl status` shows it. */
  get status(): string {
    return this.#unit.said.status;
  }

  /** The number in ERRNO=; 0 for none. */
  get errno(): number {
    return this.#unit.said.errno;
  }

  get busError(): string {
    return this.#unit.said.busError;
  }

  get varlinkError(): string {
    return this.#unit.said.varlinkError;
  }

  /** What it said, also before a restart; the last 20 000 messages, of 64 MiB at most. */
  get messages(): readonly Message[] {
    return this.#messages.items;
  }

  /** What it wrote to the journal and printed; the last 20 000 entries, of 64 MiB at most. */
  get journal(): readonly JournalRecord[] {
    return this.#journal.items;
  }

  /** How many there were of each, those included that are not kept any more. */
  get totals(): { readonly messages: number; readonly journal: number } {
    return { messages: this.#messages.total, journal: this.#journal.total };
  }

  /** What is in the descriptor store, newest first. */
  get stored(): readonly Stored[] {
    return this.#unit.store.entries.map(({ name, kind }) => ({ name, kind }));
  }

  get timing(): Timing {
    return this.#clock.timing;
  }

  /** What is left until the watchdog expires, in milliseconds; undefined while it does not run. */
  get watchdogLeft(): number | undefined {
    return this.#unit.watchdog.left;
  }

  /** Resolves when it has ended for good. */
  get ended(): Promise<End> {
    return this.#ended;
  }

  /**
   * Resolves when the condition holds, which is looked at whenever something changes.
   * @throws (rejects) SystemdError `SD_ERR_TIMEOUT`, or `SD_ERR_STATE` where it has ended.
   */
  async until(what: string, condition: (daemon: Daemon) => boolean, timeout?: number): Promise<void> {
    await this.#turns.until(what, () => condition(this), timeout ?? this.#unit.settings.startTimeout);
  }

  /**
   * Resolves when it is up: with Type=notify, when it has said READY=1.
   * @throws (rejects) SystemdError `SD_ERR_STATE` where it has ended instead.
   */
  async ready(): Promise<void> {
    const isUp = (): boolean => this.phase === 'running' || this.phase === 'reloading';
    await this.until('READY=1', isUp, Number.POSITIVE_INFINITY);
  }

  /**
   * Sends SIGHUP and resolves when the service has said RELOADING=1, not from before the signal, and READY=1; runs what
   * ExecReload= says where that is set and Type= is not notify-reload.
   * @throws (rejects) SystemdError `SD_ERR_STATE` where it does not run or ends, `SD_ERR_TIMEOUT`.
   */
  async reload(): Promise<void> {
    if (!this.#unit.reload()) throw new SystemdError('SD_ERR_STATE', `the service is ${this.phase}`);
    await this.until('end of the reload', () => this.phase === 'running', Number.POSITIVE_INFINITY);
    const { reloadResult, settings } = this.#unit;
    if (reloadResult === 'success') return;
    const what = `no end of the reload within ${settings.startTimeout} ms: the service is ${this.phase}`;
    if (reloadResult === 'timeout') throw new SystemdError('SD_ERR_TIMEOUT', what);
    throw new SystemdError('SD_ERR_STATE', `the reload has failed: ${reloadResult}`);
  }

  /** Stops it and starts it again, with what it has stored; resolves when it is up. */
  async restart(): Promise<void> {
    this.#unit.stop(true);
    if (!this.#unit.over) await this.#ended;
    this.start();
    await this.ready();
  }

  /** Sends SIGTERM, and SIGKILL to what does not end in time. */
  async stop(): Promise<End> {
    this.#unit.stop();
    return await this.#ended;
  }

  /** Ends it now. */
  async kill(): Promise<void> {
    this.#unit.kill();
    await this.#ended;
  }

  /** Starts it again after it has ended. */
  start(): void {
    if (!this.#unit.over) throw new SystemdError('SD_ERR_STATE', `the service is ${this.phase}`);
    this.#begin();
    this.#unit.start();
  }

  #begin(): void {
    this.#turns.begin();
    this.#finished = false;
    this.#clock.begin();
    this.#ended = new Promise((resolve) => (this.#end = resolve));
  }

  /** Takes in a message that came over NOTIFY_SOCKET. */
  hear(notification: Notification | undefined, sender: Sender, fds: PassedFds): void {
    const role = this.#unit.processes.roleOf(sender.pid);
    if (notification === undefined) this.#around.record('manager', `drops a malformed message of ${sender.pid}`);
    else if (notification.barrier) this.#note(notification, sender);
    else if (!mayNotify(this.#unit.said.access ?? effectiveAccess(this.#unit.settings), role))
      this.#around.record('manager', `refuses a message of ${sender.pid}, ${ROLE_TEXTS[role]}`);
    else {
      this.#note(notification, sender);
      obey(this.#unit, notification, sender, fds);
      this.changed();
    }
  }

  #note(notification: Notification, { pid }: Sender): void {
    const text = notification.lines.join(' ');
    this.#around.record('service', `${text}${slack(notification, this.watchdogLeft)}`);
    this.#messages.push({ ...notification, at: this.#around.elapsed(), pid }, 500 + text.length * 2);
    this.#turns.look();
  }

  /** Takes in what it wrote to the journal, or printed. */
  log(record: JournalRecord, bytes: number): void {
    this.#journal.push(record, 200 + bytes);
    this.#turns.look();
  }

  /** The unit is otherwise than before. */
  changed(): void {
    this.#lastPid = this.#unit.processes.main ?? this.#lastPid;
    this.#clock.look(this.phase);
    this.#turns.look();
    if (this.#unit.over) this.#finish();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    const end = { code: null, signal: null, ...this.#unit.exit, result: this.#unit.result };
    const how = describeEnd(end, this.timing.ready === undefined && this.awaitsReady);
    this.#around.record('manager', how);
    this.#turns.end(new SystemdError('SD_ERR_STATE', `the service has ended: ${how}`));
    this.#end(end);
  }
}
