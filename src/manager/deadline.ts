// A moment in time that can be put off: EXTEND_TIMEOUT_USEC= in sd_notify(3)

/** setTimeout(2) takes no more; a longer time is waited for in turns. */
const TURN_MAX = 2_147_483_647;

export class Deadline {
  readonly #passed: () => void;
  readonly #hear: () => void;
  #timer: NodeJS.Timeout | undefined;
  #at = Number.POSITIVE_INFINITY;

  /**
   * `hear` takes in what was said in time and not read yet, which may put it off: who was held up for so long that it
   * passed, by a debugger or a terminal that is not read, must not take somebody else for late.
   */
  constructor(passed: () => void, hear: () => void) {
    this.#passed = passed;
    this.#hear = hear;
  }

  /** What is left of it, in milliseconds; undefined while none is set. */
  get left(): number | undefined {
    return this.#timer === undefined ? undefined : Math.max(0, this.#at - performance.now());
  }

  /** So many milliseconds from now; Infinity is never. */
  set(ms: number): void {
    this.clear();
    if (ms === Number.POSITIVE_INFINITY) return;
    this.#at = performance.now() + ms;
    this.#arm();
  }

  /** Not before so many milliseconds from now, where one is set at all. */
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
        if (left > TURN_MAX) this.#arm();
        else this.#pass();
      },
      Math.min(left, TURN_MAX),
    );
  }

  #pass(): void {
    const at = this.#at;
    this.#hear();
    // Neither set again nor cleared.
    if (this.#at === at) this.#passed();
  }
}
