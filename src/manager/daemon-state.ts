// The facts about a service that runs under the manager: what `systemctl show` and `journalctl` print.
import type { Stored } from './descriptor-store.ts';
import type { JournalRecord } from './journal-record.ts';
import { Recent } from './recent.ts';
import { Clock, type DaemonHost, type Message, type Timing } from './run-record.ts';
import {
  type ActiveState,
  activeStateOf,
  type Phase,
  phaseOf,
  type Result,
  type SubState,
  waitsForReady,
} from './service-state.ts';
import type { Unit } from './unit.ts';

/** The state of a service that the manager runs, and what it has sent. */
export abstract class DaemonState {
  protected readonly unit: Unit;
  protected readonly host: DaemonHost;
  protected readonly clock: Clock;
  protected readonly received: Recent<Message> = new Recent<Message>();
  protected readonly records: Recent<JournalRecord> = new Recent<JournalRecord>();
  protected lastPid = 0;

  constructor(unit: Unit, host: DaemonHost) {
    this.unit = unit;
    this.host = host;
    this.clock = new Clock(host.elapsed);
  }

  /** The last pid if none is running. */
  get pid(): number {
    return this.unit.processes.main ?? this.lastPid;
  }

  get phase(): Phase {
    return phaseOf(this.unit.state);
  }

  /** Like in `systemctl show`. */
  get activeState(): ActiveState {
    return activeStateOf(this.unit.state);
  }

  get subState(): SubState {
    return this.unit.state;
  }

  get result(): Result {
    return this.unit.result;
  }

  /** The result of the last reload: ReloadResult. */
  get reloadResult(): Result {
    return this.unit.reloadResult;
  }

  /** Whether there is a main process. */
  get running(): boolean {
    return this.unit.processes.main !== undefined;
  }

  /** How often it was restarted automatically: NRestarts. */
  get restarts(): number {
    return this.unit.restarts;
  }

  /** Whether it is ready only after READY=1: Type=notify. */
  get awaitsReady(): boolean {
    return waitsForReady(this.unit.settings.type);
  }

  /** Its last STATUS=, as `systemctl status` shows it. */
  get status(): string {
    return this.unit.reported.status;
  }

  /** The number in ERRNO=; 0 for none. */
  get errno(): number {
    return this.unit.reported.errno;
  }

  get busError(): string {
    return this.unit.reported.busError;
  }

  get varlinkError(): string {
    return this.unit.reported.varlinkError;
  }

  /** Its messages, including those before a restart; the last 20 000, at most 64 MiB. */
  get messages(): readonly Message[] {
    return this.received.items;
  }

  /** Its journal entries and printed lines; the last 20 000, at most 64 MiB. */
  get journal(): readonly JournalRecord[] {
    return this.records.items;
  }

  /** The total numbers, including those that are no longer kept. */
  get totals(): { readonly messages: number; readonly journal: number } {
    return { messages: this.received.total, journal: this.records.total };
  }

  /** The content of the descriptor store, newest first. */
  get stored(): readonly Stored[] {
    return this.unit.store.entries.map(({ name, kind }) => ({ name, kind }));
  }

  get timing(): Timing {
    return this.clock.timing;
  }

  /** The time until the watchdog expires, in milliseconds; undefined without a running watchdog. */
  get watchdogLeft(): number | undefined {
    return this.unit.watchdog.left;
  }
}
