// When an event loop counts as blocked. Pure: the worker tells what it sees, and when.

/** How often each side looks, as a part of the timeout; and never more often or less often than this. */
const BEATS_PER_TIMEOUT = 10;
const BEAT_MIN_MS = 10;
const BEAT_MAX_MS = 1000;
/** What is kept free before the manager's deadline, to read the stack and to write it down: a quarter, and at most this. */
const RESERVE_MAX_MS = 1000;

/** How often the main thread says that its loop turns, in milliseconds. */
export function beatInterval(timeout: number): number {
  return Math.min(BEAT_MAX_MS, Math.max(BEAT_MIN_MS, Math.floor(timeout / BEATS_PER_TIMEOUT)));
}

/** How often the worker looks, in milliseconds. */
export function lookInterval(timeout: number): number {
  return Math.ceil(beatInterval(timeout) / 2);
}

export function reserve(timeout: number): number {
  return Math.min(timeout / 4, RESERVE_MAX_MS);
}

export interface Look {
  /** On a monotonic clock that stands still while the machine is suspended. */
  readonly now: number;
  readonly beats: number;
  readonly pings: number;
  readonly timeout: number;
}

/** What the worker knows of the main thread's loop, look by look. */
export class Stall {
  /** For how long the loop has not turned, and since when no sign of life was sent, in milliseconds. */
  blockedFor = 0;
  sincePing = 0;
  #last: Look;

  /** @param start - what the main thread saw itself when it started the worker: that takes time, too. */
  constructor(start: Look) {
    this.#last = start;
  }

  /**
   * Time is only counted where this thread itself has run: a process that was stopped, frozen or starved as a whole has
   * not been blocked by its own code.
   */
  look(look: Look): void {
    const last = this.#last;
    this.#last = look;
    if (last.timeout !== look.timeout) {
      this.blockedFor = 0;
      this.sincePing = 0;
      return;
    }
    const seen = Math.min(look.now - last.now, 3 * lookInterval(look.timeout));
    this.blockedFor = look.beats === last.beats ? this.blockedFor + seen : 0;
    this.sincePing = look.pings === last.pings ? this.sincePing + seen : 0;
  }

  /** How long until the manager ends the service, in milliseconds. */
  get left(): number {
    return Math.max(0, this.#last.timeout - this.sincePing);
  }

  /** It may soon count as blocked. */
  get suspicious(): boolean {
    const { timeout } = this.#last;
    return timeout > 0 && this.blockedFor >= timeout / 4;
  }

  /**
   * The loop has not turned for half of the timeout; or for a quarter, and the manager's deadline is near: the last sign
   * of life may have been sent just short of half a timeout before the loop stopped.
   */
  get blocked(): boolean {
    const { timeout } = this.#last;
    return this.suspicious && (this.blockedFor >= timeout / 2 || this.left <= reserve(timeout));
  }
}
