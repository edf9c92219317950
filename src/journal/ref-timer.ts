// A timer that keeps the process alive only while a caller waits for it.

export class RefTimer {
  #timer: NodeJS.Timeout | undefined;
  #holds = 0;

  /** Keeps the process alive until `release` was called as often. */
  hold(): void {
    this.#holds += 1;
    this.#timer?.ref();
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0) this.#timer?.unref();
  }

  /** Only one wait at a time. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timer = setTimeout(resolve, ms);
      if (this.#holds === 0) this.#timer.unref();
    });
  }

  /**
   * Waits for the next turn of the event loop. Keeps the process alive, because an unreferenced immediate may be late.
   */
  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}
