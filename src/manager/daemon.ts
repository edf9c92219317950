// The operations on a service that runs under the manager, from its first start to its last exit: those of `systemctl`.
import { SystemdError } from '../errors.ts';
import type { Notification } from '../notify/decode.ts';
import { effectiveAccess, mayNotify, ROLE_TEXTS } from './access.ts';
import { applyNotification } from './apply-notification.ts';
import { ConditionWaiters } from './condition-waiters.ts';
import { DaemonState } from './daemon-state.ts';
import type { MessageSender, ReceivedFds } from './datagram-receiver.ts';
import type { JournalRecord } from './journal-record.ts';
import { type DaemonHost, describeEnd, type End, reloadFailure, slack } from './run-record.ts';
import type { Unit } from './unit.ts';

/**
 * A service that the manager runs: its state, and the operations on it. If the service exits first, the waiting methods
 * reject with `SD_ERR_STATE`, and the message explains how it ended.
 */
export class Daemon extends DaemonState {
  readonly #waiters: ConditionWaiters;
  #finished = false;
  #ended!: Promise<End>;
  #end: (end: End) => void = () => undefined;

  constructor(unit: Unit, host: DaemonHost) {
    super(unit, host);
    this.#waiters = new ConditionWaiters(
      () => `the service is ${this.phase}, its status is ${JSON.stringify(this.status)}`,
    );
    this.#begin();
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
    await this.#waiters.until(what, () => condition(this), timeout ?? this.unit.settings.startTimeout);
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
    if (!this.unit.reload()) throw new SystemdError('SD_ERR_STATE', `the service is ${this.phase}`);
    await this.until('end of the reload', () => this.phase === 'running', Number.POSITIVE_INFINITY);
    const failure = reloadFailure(this.unit.reloadResult, this.unit.settings.startTimeout, this.phase);
    if (failure !== undefined) throw failure;
  }

  /** Stops it and starts it again, with its stored descriptors; resolves when it is running. */
  async restart(): Promise<void> {
    this.unit.stop(true);
    if (!this.unit.over) await this.#ended;
    this.start();
    await this.ready();
  }

  /** Sends SIGTERM, and SIGKILL to processes that do not exit in time. */
  async stop(): Promise<End> {
    this.unit.stop();
    return await this.#ended;
  }

  /** Kills it immediately. */
  async kill(): Promise<void> {
    this.unit.kill();
    await this.#ended;
  }

  /** Starts it again after it has exited. */
  start(): void {
    if (!this.unit.over) throw new SystemdError('SD_ERR_STATE', `the service is ${this.phase}`);
    this.#begin();
    this.unit.start();
  }

  #begin(): void {
    this.#waiters.begin();
    this.#finished = false;
    this.clock.begin();
    this.#ended = new Promise((resolve) => (this.#end = resolve));
  }

  /** Handles a message that arrived on NOTIFY_SOCKET. */
  hear(notification: Notification | undefined, sender: MessageSender, fds: ReceivedFds): void {
    const role = this.unit.processes.roleOf(sender.pid);
    if (notification === undefined) this.host.record('manager', `drops a malformed message of ${sender.pid}`);
    else if (notification.barrier) this.#note(notification, sender);
    else if (!mayNotify(this.unit.reported.access ?? effectiveAccess(this.unit.settings), role))
      this.host.record('manager', `refuses a message of ${sender.pid}, ${ROLE_TEXTS[role]}`);
    else {
      this.#note(notification, sender);
      applyNotification(this.unit, notification, sender, fds);
      this.changed();
    }
  }

  #note(notification: Notification, { pid }: MessageSender): void {
    const text = notification.lines.join(' ');
    this.host.record('service', `${text}${slack(notification, this.watchdogLeft)}`);
    this.received.push({ ...notification, at: this.host.elapsed(), pid }, 500 + text.length * 2);
    this.#waiters.check();
  }

  /** Records a journal entry or a printed line. */
  log(record: JournalRecord, bytes: number): void {
    this.records.push(record, 200 + bytes);
    this.#waiters.check();
  }

  /** The state of the unit has changed. */
  changed(): void {
    this.lastPid = this.unit.processes.main ?? this.lastPid;
    this.clock.note(this.phase);
    this.#waiters.check();
    if (this.unit.over) this.#finish();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    const end = { code: null, signal: null, ...this.unit.exit, result: this.unit.result };
    const how = describeEnd(end, this.timing.ready === undefined && this.awaitsReady);
    this.host.record('manager', how);
    this.#waiters.end(new SystemdError('SD_ERR_STATE', `the service has ended: ${how}`));
    this.#end(end);
  }
}
