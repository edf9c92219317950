// A timer that keeps the process alive only while a caller waits for its end.

export class RefTimer {
  #timer: NodeJS.Timeout | undefined;
  #holds = 0;

  /** The process has to live until the same number of `release`. */
  hold(): void {
    this.#holds += 1;
    this.#timer?.ref();
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0) this.#timer?.unref();
  }

  /** One wait at a time. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timer = setTimeout(resolve, ms);
      if (this.#holds === 0) this.#timer.unref();
    });
  }

  /** Until the event loop has turned. This does keep the process alive, for an unreferenced one may come much later. */
  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}

/** A wait that does keep the process alive. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
