// The common parts of a systemd unit, independent of its state: systemd.unit(5), systemd.service(5)
import { Deadline } from './deadline.ts';
import type { DescriptorStore } from './descriptor-store.ts';
import type { Exit, Launched } from './launch.ts';
import { Processes } from './processes.ts';
import { ReportedState } from './reported-state.ts';
import { type Result, resultOf, type SubState } from './service-state.ts';
import type { Command, Settings } from './settings.ts';

/** The side effects of a unit. */
export interface Effects {
  spawn(command: Command, purpose: 'main' | 'control', unit: UnitFrame): Launched;
  /** Records what the manager does, as text. */
  record(text: string): void;
  /** The state has changed. */
  changed(): void;
  /** Reads the unread messages of the service. */
  hear(): void;
}

export type Signalling = 'stop-watchdog' | 'stop-sigterm' | 'stop-sigkill' | 'final-sigterm' | 'final-sigkill';

const WATCHED: readonly SubState[] = ['start', 'start-post', 'running', 'reload', 'reload-signal', 'reload-notify'];
const LAST: readonly SubState[] = ['dead', 'failed', 'dead-resources-pinned'];

/** The parts that all states share: the facts, the timers, and entering a state. */
export abstract class UnitFrame {
  readonly settings: Settings;
  readonly store: DescriptorStore;
  reported: ReportedState = new ReportedState();
  processes: Processes = new Processes();
  result: Result = 'success';
  reloadResult: Result = 'success';
  restarts = 0;
  /** How the main process last exited. */
  exit: Exit | undefined;
  /** When the reload signal was sent, on CLOCK_MONOTONIC. */
  reloadSentUsec: bigint | undefined;
  readonly timer: Deadline = new Deadline(
    () => this.timeout(),
    () => this.effects.hear(),
  );
  readonly watchdog: Deadline = new Deadline(
    () => this.forceWatchdog(),
    () => this.effects.hear(),
  );
  protected readonly effects: Effects;
  #state: SubState = 'dead';
  #left = new AbortController();

  constructor(settings: Settings, store: DescriptorStore, effects: Effects) {
    this.settings = settings;
    this.store = store;
    this.effects = effects;
  }

  get state(): SubState {
    return this.#state;
  }

  get over(): boolean {
    return LAST.includes(this.#state);
  }

  record(text: string): void {
    this.effects.record(text);
  }

  /** The time limit of the state has passed. */
  protected abstract timeout(): void;
  /** None of its processes is running any more. */
  protected abstract allEnded(): void;
  /** The watchdog has expired, or was triggered. */
  abstract forceWatchdog(): void;

  /** Clears the values of the previous run. */
  protected forget(): void {
    this.reported = new ReportedState();
    this.processes = new Processes();
    this.result = 'success';
    this.reloadSentUsec = undefined;
    this.exit = undefined;
  }

  /** A ping starts it in every state, even before READY=1 and after STOPPING=1. */
  resetWatchdog(): void {
    const timeout = this.reported.watchdog ?? this.settings.watchdog;
    if (timeout > 0 && !this.over) this.watchdog.set(timeout);
    else this.watchdog.clear();
  }

  protected signalFor(state: Signalling): NodeJS.Signals {
    if (state === 'stop-watchdog') return this.settings.watchdogSignal;
    return state.endsWith('sigkill') ? 'SIGKILL' : this.settings.killSignal;
  }

  /** Waits for the remaining processes after the main process has exited. */
  protected waitForRest(): void {
    const { signal } = this.#left;
    void this.processes.gone(signal).then(() => {
      if (!signal.aborted) this.allEnded();
    });
  }

  /** Runs commands one after another; `next` gets the first failure, or `success`. */
  protected runControl(state: SubState, commands: readonly Command[], next: (result: Result) => void): void {
    const [command, ...rest] = commands;
    if (command === undefined) {
      next('success');
      return;
    }
    const { startTimeout, stopTimeout } = this.settings;
    this.timer.set(state.startsWith('stop') ? stopTimeout : startTimeout);
    this.enter(state);
    const launched = this.effects.spawn(command, 'control', this);
    this.processes.followControl(launched, (exit) => {
      if (this.#state !== state) {
        this.#controlEnded();
        return;
      }
      const result = command.mayFail ? 'success' : resultOf(exit, 'control', this.settings.successExitStatus);
      if (result === 'success') this.runControl(state, rest, next);
      else next(result);
    });
  }

  #controlEnded(): void {
    if (this.processes.main === undefined && /^(stop|final)-/.test(this.#state)) this.allEnded();
  }

  /** Only the first failure is kept. */
  protected fail(result: Result): void {
    if (this.result === 'success') this.result = result;
  }

  enterReloadByNotify(): void {
    this.timer.set(this.settings.startTimeout);
    this.enter('reload-notify');
  }

  /** The service has answered the reload signal: the timeout continues. */
  continueReload(): void {
    this.enter('reload-notify');
  }

  enterStopByNotify(): void {
    this.timer.set(this.settings.stopTimeout);
    this.enter('stop-sigterm');
  }

  protected enter(state: SubState, quietly = false): void {
    this.#left.abort();
    this.#left = new AbortController();
    this.#state = state;
    if (!WATCHED.includes(state)) this.watchdog.clear();
    if (!quietly) this.effects.changed();
  }
}
