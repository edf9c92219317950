// The callers of flush(): each waits until the entries that were logged before its call have left the queue.
import type { RefTimer } from './ref-timer.ts';

export class FlushWaiters {
  readonly #timer: RefTimer;
  #all: { readonly end: number; readonly done: () => void }[] = [];

  /** Keeps the process alive by `timer` while a caller waits. */
  constructor(timer: RefTimer) {
    this.#timer = timer;
  }

  /** Resolves once `end` entries have left the queue. */
  wait(end: number): Promise<void> {
    this.#timer.hold();
    return new Promise((resolve) => this.#all.push({ end, done: resolve }));
  }

  /** `left` entries have left the queue. */
  settle(left: number): void {
    if (this.#all.length === 0) return;
    const done = this.#all.filter(({ end }) => end <= left);
    if (done.length === 0) return;
    this.#all = this.#all.filter(({ end }) => end > left);
    for (const waiter of done) {
      this.#timer.release();
      waiter.done();
    }
  }
}
