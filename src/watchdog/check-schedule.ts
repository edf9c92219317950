// When rounds of checks start, and how long a check may take. Pure. Times are in milliseconds.
import { TIMER_MAX } from '../timer.ts';

/**
 * The time before the deadline to report unhealthy checks: an eighth of the timeout, and at most this, in milliseconds.
 */
const SPARE_MAX_MS = 1000;

export class CheckSchedule {
  /** The watchdog's timeout. */
  readonly timeout: number;
  /** The caller's limit for a check, reduced to fit into the timeout. */
  readonly #longest: number | undefined;
  readonly #spare: number;

  constructor(timeout: number, checkTimeout: number | undefined) {
    this.timeout = timeout;
    this.#spare = Math.min(timeout / 8, SPARE_MAX_MS);
    this.#longest = checkTimeout === undefined ? undefined : Math.min(checkTimeout, timeout - this.#spare);
  }

  /** The time between two pings. */
  get interval(): number {
    return this.timeout / 2;
  }

  /** The time until the checks run again after one was unhealthy. */
  get retry(): number {
    return this.timeout / 8;
  }

  /** How long a check may take, `left` before the deadline. */
  checkTimeout(left: number): number {
    // The deadline has passed and the process still runs, as before READY=1: the manager is not counting.
    const available = left > this.timeout / 8 ? left : this.interval;
    return this.#longest ?? timerMs(available / 2);
  }

  /**
   * When the next round starts whose ping is due at `due`: then, or earlier if the checks may take longer than the
   * manager would wait.
   */
  nextRound(due: number, deadline: number): number {
    return Math.min(due, deadline - this.#spare - (this.#longest ?? 0));
  }
}

/** A time for setTimeout(), which takes no fraction, no zero, and at most 2^31 - 1. */
export function timerMs(ms: number): number {
  return Math.max(1, Math.min(Math.floor(ms), TIMER_MAX));
}
