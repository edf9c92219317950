// Since when journald has been unreachable, and when to try again.

const RETRY_MIN_MS = 10;
const RETRY_MAX_MS = 1000;
/** How long to wait for a missing journald: at exit, in close(), and in a log call that may block. */
export const PATIENCE_MS = 1000;

export class Reachability {
  #unreachableSince: number | undefined;
  #retryMs = RETRY_MIN_MS;
  #everReached = false;

  /** An entry was sent, or journald's queue is full. */
  reached(): void {
    this.#everReached = true;
    this.#unreachableSince = undefined;
    this.#retryMs = RETRY_MIN_MS;
  }

  /** No process listens on the socket. */
  unreachable(): void {
    this.#unreachableSince ??= performance.now();
  }

  /** Whether there was a journald at any time. */
  get everReached(): boolean {
    return this.#everReached;
  }

  /** Whether journald has been unreachable for too long to wait for it. */
  get givenUp(): boolean {
    return this.#unreachableSince !== undefined && this.#unreachableSince + PATIENCE_MS <= performance.now();
  }

  /** How long to wait before the next try, in milliseconds: longer each time. */
  nextDelay(): number {
    const delay = this.#retryMs;
    this.#retryMs = Math.min(RETRY_MAX_MS, this.#retryMs * 2);
    return delay;
  }
}
