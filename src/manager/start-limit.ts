// How often a service may start in how much time: StartLimitBurst= and StartLimitIntervalSec= in systemd.unit(5)
import type { Settings } from './settings.ts';

export class StartLimit {
  readonly #limit: Settings['startLimit'];
  #starts: number[] = [];

  constructor(limit: Settings['startLimit']) {
    this.#limit = limit;
  }

  reset(): void {
    this.#starts = [];
  }

  /** The service starts now. */
  count(): void {
    this.#starts.push(performance.now());
  }

  /** Whether one more start would be too many. */
  get isReached(): boolean {
    const { burst, interval } = this.#limit;
    this.#starts = this.#starts.filter((at) => performance.now() - at < interval);
    return burst > 0 && this.#starts.length >= burst;
  }
}
