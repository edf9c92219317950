// A deadline that can be extended: EXTEND_TIMEOUT_USEC= in sd_notify(3)

import { TIMER_MAX } from '../timer.ts';

export class Deadline {
  readonly #passed: () => void;
  readonly #hear: () => void;
  #timer: NodeJS.Timeout | undefined;
  #at = Number.POSITIVE_INFINITY;

  /**
   * `hear` reads messages that arrived in time but are unread; they may extend the deadline. If this process itself was
   * delayed, by a debugger or a blocked terminal, the service must not count as late.
   */
  constructor(passed: () => void, hear: () => void) {
    this.#passed = passed;
    this.#hear = hear;
  }

  /** The remaining time in milliseconds; undefined if none is set. */
  get left(): number | undefined {
    return this.#timer === undefined ? undefined : Math.max(0, this.#at - performance.now());
  }

  /** Sets it to `ms` milliseconds from now; Infinity for never. */
  set(ms: number): void {
    this.clear();
    if (ms === Number.POSITIVE_INFINITY) return;
    this.#at = performance.now() + ms;
    this.#arm();
  }

  /** Extends it to at least `ms` milliseconds from now, if one is set. */
  extend(ms: number): void {
    if (this.#timer !== undefined && performance.now() + ms > this.#at) this.set(ms);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#at = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    const left = this.#at - performance.now();
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        // A longer time is split.
        if (left > TIMER_MAX) this.#arm();
        else this.#pass();
      },
      Math.min(left, TIMER_MAX),
    );
  }

  #pass(): void {
    const at = this.#at;
    this.#hear();
    // Only if it was neither set again nor cleared.
    if (this.#at === at) this.#passed();
  }
}
