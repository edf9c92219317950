// Decides when to send a watchdog ping, and whether.

import { checkNumber, checkString } from '../arguments.ts';
import { watchdogChannel } from '../channels.ts';
import { isMainThread } from '../environment/main-thread.ts';
import { isSupervised } from '../environment/pool-worker.ts';
import { SystemdError } from '../errors.ts';
import { notifyWhileUp } from '../notify/notify.ts';
import { processWide } from '../process-mark.ts';
import { CheckSchedule, timerMs } from './check-schedule.ts';
import { Diagnosis } from './diagnosis.ts';
import { Health, type StatusBoard } from './health.ts';
import { InspectorWatch } from './inspector-watch.ts';
import type { CheckedWatchdogOptions, Watchdog } from './options.ts';

/** The largest timeout that WATCHDOG_USEC= can express exactly. */
const TIMEOUT_MAX = Number.MAX_SAFE_INTEGER / 1000;

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
  readonly #inspector: InspectorWatch;
  #schedule: CheckSchedule;
  #timer: NodeJS.Timeout | undefined;
  /** Counts the starts and stops: a round of checks from before the last one is ignored. */
  #run = 0;
  /** When the manager ends the service without a ping, on the monotonic clock. */
  #deadline = 0;
  #waiting = false;
  #stopped = false;
  #failing = false;
  #diagnosis: Diagnosis | undefined;
  readonly giveWay?: () => void;

  constructor(timeout: number, options: CheckedWatchdogOptions, { journal, board, givesWay }: HeartbeatSettings) {
    if (givesWay === true) this.giveWay = () => this.stop();
    this.enabled = timeout > 0;
    this.#options = options;
    this.#schedule = new CheckSchedule(timeout, options.checkTimeout);
    this.#inspector = new InspectorWatch(options.log, () => this.#inspectorChanged());
    this.#journal = journal;
    this.#board = board ?? this.#ownBoard();
    this.#health = new Health(options.log, this.#board);
    this.#pace();
  }

  get timeout(): number {
    return this.#schedule.timeout;
  }

  get interval(): number {
    return this.#schedule.interval;
  }

  async setTimeout(ms: number): Promise<boolean> {
    checkNumber('watchdog.setTimeout(): the time', ms, 0, TIMEOUT_MAX);
    assertOnlyWatchdog(this);
    if (!this.#stopped && isSupervised() && isMainThread()) begin(this);
    try {
      const sent = await notifyWhileUp({ watchdogTimeout: this.#inspector.extended(ms) });
      if (!sent || !isMainThread()) return sent;
      this.#schedule = new CheckSchedule(ms, this.#options.checkTimeout);
      // It may have been stopped while the message was waiting, and must not start again.
      if (!this.#stopped) this.#pace();
      return true;
    } finally {
      if (!this.#inspector.runs) this.#halt();
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

  #halt(): void {
    if (shared.running === this) shared.running = undefined;
    this.#run += 1;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#inspector.stop();
  }

  #pace(): void {
    this.#halt();
    this.#diagnosis?.pace(this.timeout);
    if (this.timeout === 0) return;
    begin(this);
    this.#deadline = performance.now() + this.timeout;
    this.#inspector.start();
    if (this.#options.checks === undefined) this.#beat();
    // Before the checks, because they may block the loop.
    if (this.#options.diagnose) this.#diagnose();
    if (this.#options.checks !== undefined) void this.#round(this.#run, performance.now());
  }

  #diagnose(): void {
    this.#diagnosis ??= new Diagnosis(this.timeout, this.#journal, this.#options.log, this.#board);
    this.#diagnosis.debugged = this.#inspector.listens;
  }

  #beat(): void {
    this.#ping();
    this.#timer = setInterval(() => this.#ping(), timerMs(this.interval)).unref();
  }

  /** Runs the checks. If all are healthy, sends a ping once it is due; if not, runs them again soon. */
  async #round(run: number, due: number): Promise<void> {
    const { checks, onUnhealthy } = this.#options;
    const began = performance.now();
    const findings = (await checks?.run(this.#schedule.checkTimeout(this.#deadline - performance.now()))) ?? [];
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
    const again = performance.now() + this.#schedule.retry;
    this.#at(again, () => void this.#round(run, again));
  }

  /**
   * The next round starts when the next ping is due: half of the timeout after the last one was due. It starts earlier
   * if the checks may take longer than the manager would then wait.
   */
  #affirm(run: number, pace: number): void {
    this.#ping();
    const due = pace + this.interval;
    this.#at(this.#schedule.nextRound(due, this.#deadline), () => void this.#round(run, due));
  }

  #at(time: number, work: () => void): void {
    this.#timer = setTimeout(work, timerMs(time - performance.now())).unref();
  }

  #ping(): void {
    // If a ping already waits for room in the manager's queue, a second one adds nothing.
    if (this.#waiting) return;
    this.#waiting = true;
    const now = performance.now();
    if (watchdogChannel.hasSubscribers) {
      const lag = Math.max(0, now - (this.#deadline - this.interval));
      watchdogChannel.publish({ type: 'ping', lag, timeout: this.timeout });
    }
    this.#deadline = now + this.timeout;
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

  #inspectorChanged(): void {
    if (this.#diagnosis !== undefined) this.#diagnosis.debugged = this.#inspector.listens;
    this.#tell({ watchdogTimeout: this.#inspector.extended(this.timeout) });
  }
}
