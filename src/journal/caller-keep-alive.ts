// A caller that waits for the promise of an entry keeps the process alive, because the program has not finished. The
// wait is limited, in case journald is gone or hangs.
import type { Outcome } from './journal-socket.ts';
import type { RefTimer } from './ref-timer.ts';

/** Time limit while journald's queue is full: the same as for notify(). */
const FULL_MS = 10_000;

export class CallerKeepAlive {
  readonly #timer: RefTimer;
  readonly #goneMs: number;
  #callers = 0;
  #movedAt = 0;

  /** `goneMs`: time limit while journald is not listening. */
  constructor(timer: RefTimer, goneMs: number) {
    this.#timer = timer;
    this.#goneMs = goneMs;
  }

  add(): void {
    this.#callers += 1;
    this.#timer.hold();
  }

  /** The entry of a caller has been sent, or was given up before. */
  remove(): void {
    if (this.#callers === 0) return;
    this.#callers -= 1;
    this.#timer.release();
  }

  /** Restarts the time limit: an entry was sent, or the first entry waits. */
  moved(): void {
    this.#movedAt = performance.now();
  }

  /** Nothing could be sent, for the given reason: stops waiting for all callers whose time limit has passed. */
  stuck(outcome: Outcome): void {
    const patience = outcome === 'full' ? FULL_MS : this.#goneMs;
    if (performance.now() - this.#movedAt > patience) while (this.#callers > 0) this.remove();
  }
}
