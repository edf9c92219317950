// Decides when an event loop counts as blocked. Pure: the worker passes its observations with their time.

/** How often each side acts per timeout, with a lower and an upper limit for the interval. */
const BEATS_PER_TIMEOUT = 10;
const BEAT_MIN_MS = 10;
const BEAT_MAX_MS = 1000;
/**
 * The time reserved before the manager's deadline to read and report the stack: a quarter of the timeout, at most this.
 */
const RESERVE_MAX_MS = 1000;

/** How often the main thread signals that its loop runs, in milliseconds. */
export function beatInterval(timeout: number): number {
  return Math.min(BEAT_MAX_MS, Math.max(BEAT_MIN_MS, Math.floor(timeout / BEATS_PER_TIMEOUT)));
}

/** How often the worker checks, in milliseconds. */
export function sampleInterval(timeout: number): number {
  return Math.ceil(beatInterval(timeout) / 2);
}

export function reserve(timeout: number): number {
  return Math.min(timeout / 4, RESERVE_MAX_MS);
}

export interface Sample {
  /** On a monotonic clock that stops while the machine is suspended. */
  readonly now: number;
  readonly beats: number;
  readonly pings: number;
  readonly timeout: number;
}

/** The state of the main thread's loop, from the worker's observations. */
export class Stall {
  /** How long the loop has not run, and the time since the last ping, in milliseconds. */
  blockedFor = 0;
  sincePing = 0;
  #last: Sample;

  /** @param start - the observation of the main thread when it started the worker, because starting takes time. */
  constructor(start: Sample) {
    this.#last = start;
  }

  /**
   * Counts time only while this thread itself has run: if the whole process was stopped, frozen or starved, its own
   * code did not block it.
   */
  sample(sample: Sample): void {
    const last = this.#last;
    this.#last = sample;
    if (last.timeout !== sample.timeout) {
      this.blockedFor = 0;
      this.sincePing = 0;
      return;
    }
    const seen = Math.min(sample.now - last.now, 3 * sampleInterval(sample.timeout));
    this.blockedFor = sample.beats === last.beats ? this.blockedFor + seen : 0;
    this.sincePing = sample.pings === last.pings ? this.sincePing + seen : 0;
  }

  /** How long until the manager ends the service, in milliseconds. */
  get left(): number {
    return Math.max(0, this.#last.timeout - this.sincePing);
  }

  /** The loop may soon count as blocked. */
  get suspicious(): boolean {
    const { timeout } = this.#last;
    return timeout > 0 && this.blockedFor >= timeout / 4;
  }

  /**
   * The loop has not run for half of the timeout; or for a quarter, and the manager's deadline is near: the last ping
   * may have been sent just under half a timeout before the loop stopped.
   */
  get blocked(): boolean {
    const { timeout } = this.#last;
    return this.suspicious && (this.blockedFor >= timeout / 2 || this.left <= reserve(timeout));
  }
}
