// A service, from its first start to its last exit, for its caller: the information of `systemctl` and `journalctl`.
import { SystemdError } from '../errors.ts';
import type { Notification } from '../notify/decode.ts';
import { effectiveAccess, mayNotify, ROLE_TEXTS } from './access.ts';
import type { MessageSender, ReceivedFds } from './datagram-receiver.ts';
import type { Stored } from './descriptor-store.ts';
import { obey } from './hearing.ts';
import type { JournalRecord } from './journal-record.ts';
import { Recent } from './recent.ts';
import { Clock, type DaemonHost, describeEnd, type End, type Message, slack, type Timing } from './run-record.ts';
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
 * A service that the manager runs: its state, and the operations on it. If the service exits first, the waiting methods
 * reject with `SD_ERR_STATE`, and the message explains how it ended.
 */
export class Daemon {
  readonly #unit: Unit;
  readonly #around: DaemonHost;
  readonly #turns: Turns;
  readonly #messages = new Recent<Message>();
  readonly #journal = new Recent<JournalRecord>();
  #lastPid = 0;
  #finished = false;
  readonly #clock: Clock;
  #ended!: Promise<End>;
  #end: (end: End) => void = () => undefined;

  constructor(unit: Unit, around: DaemonHost) {
    this.#unit = unit;
    this.#around = around;
    this.#clock = new Clock(around.elapsed);
    this.#turns = new Turns(() => `the service is ${this.phase}, its status is ${JSON.stringify(this.status)}`);
    this.#begin();
  }

  /** The last pid if none is running. */
  get pid(): number {
    return this.#unit.processes.main ?? this.#lastPid;
  }

  get phase(): Phase {
    return phaseOf(this.#unit.state);
  }

  /** Like in `systemctl show`. */
  get activeState(): ActiveState {
    return activeStateOf(this.#unit.state);
  }

  get subState(): SubState {
    return this.#unit.state;
  }

  get result(): Result {
    return this.#unit.result;
  }

  /** The result of the last reload: ReloadResult. */
  get reloadResult(): Result {
    return this.#unit.reloadResult;
  }

  /** Whether there is a main process. */
  get running(): boolean {
    return this.#unit.processes.main !== undefined;
  }

  /** How often it was restarted automatically: NRestarts. */
  get restarts(): number {
    return this.#unit.restarts;
  }

  /** Whether it is ready only after READY=1: Type=notify. */
  get awaitsReady(): boolean {
    return waitsForReady(this.#unit.settings.type);
  }

  /** Its last STATUS=, as `systemctl status` shows it. */
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

  /** Its messages, including those before a restart; the last 20 000, at most 64 MiB. */
  get messages(): readonly Message[] {
    return this.#messages.items;
  }

  /** Its journal entries and printed lines; the last 20 000, at most 64 MiB. */
  get journal(): readonly JournalRecord[] {
    return this.#journal.items;
  }

  /** The total numbers, including those that are no longer kept. */
  get totals(): { readonly messages: number; readonly journal: number } {
    return { messages: this.#messages.total, journal: this.#journal.total };
  }

  /** The content of the descriptor store, newest first. */
  get stored(): readonly Stored[] {
    return this.#unit.store.entries.map(({ name, kind }) => ({ name, kind }));
  }

  get timing(): Timing {
    return this.#clock.timing;
  }

  /** The time until the watchdog expires, in milliseconds; undefined without a running watchdog. */
  get watchdogLeft(): number | undefined {
    return this.#unit.watchdog.left;
  }

  /** Resolves when it has exited and will not be restarted. */
  get ended(): Promise<End> {
    return this.#ended;
  }

  /**
   * Resolves when the condition is true. Checks it after every change.
   * @throws (rejects) SystemdError `SD_ERR_TIMEOUT`, or `SD_ERR_STATE` if the service has exited.
   */
  async until(what: string, condition: (daemon: Daemon) => boolean, timeout?: number): Promise<void> {
    await this.#turns.until(what, () => condition(this), timeout ?? this.#unit.settings.startTimeout);
  }

  /**
   * Resolves when it is running: with Type=notify, after READY=1.
   * @throws (rejects) SystemdError `SD_ERR_STATE` if it has exited instead.
   */
  async ready(): Promise<void> {
    const isUp = (): boolean => this.phase === 'running' || this.phase === 'reloading';
    await this.until('READY=1', isUp, Number.POSITIVE_INFINITY);
  }

  /**
   * Sends SIGHUP and resolves when the service has sent RELOADING=1, with a time after the signal, and READY=1. Runs
   * ExecReload= instead if that is set and Type= is not notify-reload.
   * @throws (rejects) SystemdError `SD_ERR_STATE` if it is not running or exits, `SD_ERR_TIMEOUT`.
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

  /** Stops it and starts it again, with its stored descriptors; resolves when it is running. */
  async restart(): Promise<void> {
    this.#unit.stop(true);
    if (!this.#unit.over) await this.#ended;
    this.start();
    await this.ready();
  }

  /** Sends SIGTERM, and SIGKILL to processes that do not exit in time. */
  async stop(): Promise<End> {
    this.#unit.stop();
    return await this.#ended;
  }

  /** Kills it immediately. */
  async kill(): Promise<void> {
    this.#unit.kill();
    await this.#ended;
  }

  /** Starts it again after it has exited. */
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

  /** Handles a message that arrived on NOTIFY_SOCKET. */
  hear(notification: Notification | undefined, sender: MessageSender, fds: ReceivedFds): void {
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

  #note(notification: Notification, { pid }: MessageSender): void {
    const text = notification.lines.join(' ');
    this.#around.record('service', `${text}${slack(notification, this.watchdogLeft)}`);
    this.#messages.push({ ...notification, at: this.#around.elapsed(), pid }, 500 + text.length * 2);
    this.#turns.look();
  }

  /** Records a journal entry or a printed line. */
  log(record: JournalRecord, bytes: number): void {
    this.#journal.push(record, 200 + bytes);
    this.#turns.look();
  }

  /** The state of the unit has changed. */
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
