// A caller that waits for the promise of an entry keeps the process alive, since the program is not at its end; but not for
// a journald that is gone or hangs.
import type { Outcome } from './journal-socket.ts';
import type { RefTimer } from './ref-timer.ts';

/** How long while journald takes nothing: as long as a call of notify() waits. */
const FULL_MS = 10_000;

export class CallerKeepAlive {
  readonly #timer: RefTimer;
  readonly #goneMs: number;
  #callers = 0;
  #movedAt = 0;

  /** `goneMs`: how long while there is no journald. */
  constructor(timer: RefTimer, goneMs: number) {
    this.#timer = timer;
    this.#goneMs = goneMs;
  }

  add(): void {
    this.#callers += 1;
    this.#timer.hold();
  }

  /** Their entry has left, unless they were given up before. */
  remove(): void {
    if (this.#callers === 0) return;
    this.#callers -= 1;
    this.#timer.release();
  }

  /** An entry has left, or the first one waits. */
  moved(): void {
    this.#movedAt = performance.now();
  }

  /** Nothing has left, for that reason: gives everybody up whose time is over. */
  stuck(outcome: Outcome): void {
    const patience = outcome === 'full' ? FULL_MS : this.#goneMs;
    if (performance.now() - this.#movedAt > patience) while (this.#callers > 0) this.remove();
  }
}
