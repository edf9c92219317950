// Decides when to send a watchdog ping, and whether.

import { checkNumber, checkString } from '../arguments.ts';
import { watchdogChannel } from '../channels.ts';
import { isMainThread } from '../environment/main-thread.ts';
import { isSupervised } from '../environment/pool-worker.ts';
import { SystemdError } from '../errors.ts';
import { notifyWhileUp } from '../notify/notify.ts';
import { processWide } from '../process-mark.ts';
import { inspectorAddress, LOOK_MS, startedForDebugging } from './debugger.ts';
import { Diagnosis } from './diagnosis.ts';
import { Health, type StatusBoard } from './health.ts';
import { type CheckedWatchdogOptions, TIMER_MAX, type Watchdog } from './options.ts';

/** The largest timeout that WATCHDOG_USEC= can express exactly. */
const TIMEOUT_MAX = Number.MAX_SAFE_INTEGER / 1000;
/** The timeout set in the manager while an inspector listens: a breakpoint may hold the loop this long. */
const DEBUGGING_MS = 3_600_000;
/**
 * The time before the deadline to report unhealthy checks: an eighth of the timeout, and at most this, in milliseconds.
 */
const SPARE_MAX_MS = 1000;

/** The interface between the heartbeats of several copies of the package. */
interface Beating {
  /** Defined if the heartbeat stops when the program starts its own. */
  giveWay?(): void;
}

/** The one heartbeat that runs or starts: a second one would send pings that the first withholds. */
const shared = processWide('watchdog@1', (): { running: Beating | undefined } => ({ running: undefined }));

function begin(heartbeat: Heartbeat): void {
  shared.running = heartbeat;
}

/** @throws SystemdError `SD_ERR_STATE` if a heartbeat other than `except` runs. */
export function assertOnlyWatchdog(except?: Heartbeat): void {
  if (shared.running === except) return;
  shared.running?.giveWay?.();
  if (shared.running === undefined) return;
  throw new SystemdError('SD_ERR_STATE', 'a watchdog runs already: stop() it first');
}

/** Settings of a heartbeat besides its options. */
export interface HeartbeatSettings {
  /** The path of journald's socket. */
  readonly journal: string;
  /** The owner of STATUS; without one, the heartbeat only writes to STATUS. */
  readonly board?: StatusBoard | undefined;
  /** Whether it stops when the program starts its own heartbeat: true in readyd/auto. */
  readonly givesWay?: boolean | undefined;
}

export class Heartbeat implements Watchdog {
  readonly enabled: boolean;
  readonly #options: CheckedWatchdogOptions;
  readonly #journal: string;
  readonly #health: Health;
  readonly #board: StatusBoard;
  #timeout: number;
  #timer: NodeJS.Timeout | undefined;
  #inspectorTimer: NodeJS.Timeout | undefined;
  /** Counts the starts and stops: a round of checks from before the last one is ignored. */
  #run = 0;
  /** When the manager ends the service without a ping, on the monotonic clock. */
  #deadline = 0;
  #waiting = false;
  #stopped = false;
  #failing = false;
  #debugged = false;
  #diagnosis: Diagnosis | undefined;
  readonly giveWay?: () => void;

  constructor(timeout: number, options: CheckedWatchdogOptions, { journal, board, givesWay }: HeartbeatSettings) {
    if (givesWay === true) this.giveWay = () => this.stop();
    this.enabled = timeout > 0;
    this.#timeout = timeout;
    this.#options = options;
    this.#journal = journal;
    this.#board = board ?? this.#ownBoard();
    this.#health = new Health(options.log, this.#board);
    this.#pace();
  }

  get timeout(): number {
    return this.#timeout;
  }

  get interval(): number {
    return this.#timeout / 2;
  }

  async setTimeout(ms: number): Promise<boolean> {
    checkNumber('watchdog.setTimeout(): the time', ms, 0, TIMEOUT_MAX);
    assertOnlyWatchdog(this);
    if (!this.#stopped && isSupervised() && isMainThread()) begin(this);
    try {
      const sent = await notifyWhileUp({ watchdogTimeout: this.#debugged ? whileDebugged(ms) : ms });
      if (!sent || !isMainThread()) return sent;
      this.#timeout = ms;
      // It may have been stopped while the message was waiting, and must not start again.
      if (!this.#stopped) this.#pace();
      return true;
    } finally {
      if (!this.#beats) this.#halt();
    }
  }

  async trigger(reason: string): Promise<boolean> {
    checkString('watchdog.trigger(): the reason', reason);
    this.#options.log?.critical(`watchdog triggered: ${reason}`);
    if (watchdogChannel.hasSubscribers) watchdogChannel.publish({ type: 'trigger', reason });
    return notifyWhileUp({ watchdog: 'trigger', status: reason });
  }

  stop(): void {
    this.#stopped = true;
    this.#halt();
    this.#diagnosis?.stop();
    this.#diagnosis = undefined;
    this.#options.checks?.stop();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  get #beats(): boolean {
    return this.#inspectorTimer !== undefined;
  }

  #halt(): void {
    if (shared.running === this) shared.running = undefined;
    this.#run += 1;
    clearTimeout(this.#timer);
    clearInterval(this.#inspectorTimer);
    this.#timer = undefined;
    this.#inspectorTimer = undefined;
  }

  #pace(): void {
    this.#halt();
    this.#diagnosis?.pace(this.#timeout);
    if (this.#timeout === 0) return;
    begin(this);
    this.#deadline = performance.now() + this.#timeout;
    this.#inspectorTimer = setInterval(() => this.#lookForInspector(), LOOK_MS).unref();
    if (startedForDebugging()) this.#lookForInspector();
    if (this.#options.checks === undefined) this.#beat();
    // Before the checks, because they may block the loop.
    if (this.#options.diagnose) this.#diagnose();
    if (this.#options.checks !== undefined) void this.#round(this.#run, performance.now());
  }

  #diagnose(): void {
    this.#diagnosis ??= new Diagnosis(this.#timeout, this.#journal, this.#options.log, this.#board);
    this.#diagnosis.debugged = this.#debugged;
  }

  #beat(): void {
    this.#ping();
    this.#timer = setInterval(() => this.#ping(), timerMs(this.interval)).unref();
  }

  /** Runs the checks. If all are healthy, sends a ping once it is due; if not, runs them again soon. */
  async #round(run: number, due: number): Promise<void> {
    const { checks, onUnhealthy } = this.#options;
    const began = performance.now();
    const findings = (await checks?.run(this.#checkTimeout())) ?? [];
    if (run !== this.#run) return;
    const fresh = this.#health.update(findings);
    if (findings.length === 0) {
      const affirm = (): void => this.#affirm(run, Math.max(began, due));
      // A timer may fire up to a millisecond early.
      if (due - performance.now() < 1) affirm();
      else this.#at(due, affirm);
      return;
    }
    if (fresh !== undefined && onUnhealthy === 'trigger') this.#tell({ watchdog: 'trigger', status: fresh });
    const again = performance.now() + this.#timeout / 8;
    this.#at(again, () => void this.#round(run, again));
  }

  /**
   * The next round starts when the next ping is due: half of the timeout after the last one was due. It starts earlier
   * if the checks may take longer than the manager would then wait.
   */
  #affirm(run: number, pace: number): void {
    this.#ping();
    const due = pace + this.interval;
    const latest = this.#deadline - this.#spare - (this.#longest ?? 0);
    this.#at(Math.min(due, latest), () => void this.#round(run, due));
  }

  #at(time: number, work: () => void): void {
    this.#timer = setTimeout(work, timerMs(time - performance.now())).unref();
  }

  #checkTimeout(): number {
    const left = this.#deadline - performance.now();
    // The deadline has passed and the process still runs, as before READY=1: the manager is not counting.
    const available = left > this.#timeout / 8 ? left : this.interval;
    return this.#longest ?? timerMs(available / 2);
  }

  /** The caller's limit, reduced to fit into the timeout. */
  get #longest(): number | undefined {
    const { checkTimeout } = this.#options;
    return checkTimeout === undefined ? undefined : Math.min(checkTimeout, this.#timeout - this.#spare);
  }

  get #spare(): number {
    return Math.min(this.#timeout / 8, SPARE_MAX_MS);
  }

  #ping(): void {
    // If a ping already waits for room in the manager's queue, a second one adds nothing.
    if (this.#waiting) return;
    this.#waiting = true;
    const now = performance.now();
    if (watchdogChannel.hasSubscribers) {
      const lag = Math.max(0, now - (this.#deadline - this.interval));
      watchdogChannel.publish({ type: 'ping', lag, timeout: this.#timeout });
    }
    this.#deadline = now + this.#timeout;
    this.#diagnosis?.pinged();
    notifyWhileUp({ watchdog: true }, { timeout: this.interval }).then(
      () => this.#sent(),
      (error: Error) => this.#failed(error),
    );
  }

  #sent(): void {
    this.#waiting = false;
    if (this.#failing) this.#options.log?.notice('the service manager takes watchdog pings again');
    this.#failing = false;
  }

  /** Logged once, not at every ping; the next ping tries again. */
  #failed(error: Error): void {
    this.#waiting = false;
    if (!this.#failing) this.#options.log?.error(error);
    this.#failing = true;
  }

  /** The earlier STATUS is unknown, because any part of the program may have set it. */
  #ownBoard(): StatusBoard {
    const say = (status: string): void => this.#tell({ status });
    return { unhealthy: say, healthy: say, overwritten: () => undefined };
  }

  #tell(state: Parameters<typeof notifyWhileUp>[0]): void {
    notifyWhileUp(state).catch((error: Error) => this.#options.log?.error(error));
  }

  /** Checks for an inspector in advance: a breakpoint must not end the service, and a stopped loop cannot send. */
  #lookForInspector(): void {
    const address = inspectorAddress();
    if ((address !== undefined) === this.#debugged) return;
    this.#debugged = address !== undefined;
    if (this.#diagnosis !== undefined) this.#diagnosis.debugged = this.#debugged;
    this.#tell({ watchdogTimeout: this.#debugged ? whileDebugged(this.#timeout) : this.#timeout });
    if (address === undefined)
      this.#options.log?.notice('the inspector is closed: the watchdog’s timeout is as before');
    else
      this.#options.log?.warning(
        `an inspector listens on ${address}: the watchdog waits for an hour until it is closed`,
      );
  }
}

function whileDebugged(ms: number): number {
  return ms === 0 ? 0 : Math.max(ms, DEBUGGING_MS);
}

function timerMs(ms: number): number {
  return Math.max(1, Math.min(Math.floor(ms), TIMER_MAX));
}
