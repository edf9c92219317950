// Whoever waits for the promise of an entry keeps the process alive: the program is not at its end. But not for a journald
// that is gone, or hangs.
import type { Outcome } from './journal-socket.ts';
import type { Pause } from './pause.ts';

/** How long while journald takes nothing: as long as a call of notify() waits. */
const FULL_MS = 10_000;

export class CallerHold {
  readonly #pause: Pause;
  readonly #goneMs: number;
  #callers = 0;
  #movedAt = 0;

  /** `goneMs`: how long while there is no journald. */
  constructor(pause: Pause, goneMs: number) {
    this.#pause = pause;
    this.#goneMs = goneMs;
  }

  add(): void {
    this.#callers += 1;
    this.#pause.hold();
  }

  /** Their entry has left, unless they were given up before. */
  remove(): void {
    if (this.#callers === 0) return;
    this.#callers -= 1;
    this.#pause.release();
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
