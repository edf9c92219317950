// Limits how often a service may start in a time interval: StartLimitBurst= and StartLimitIntervalSec= in
// systemd.unit(5)
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

  /** Records a start. */
  count(): void {
    this.#starts.push(performance.now());
  }

  /** Whether the limit does not allow another start. */
  get isReached(): boolean {
    const { burst, interval } = this.#limit;
    this.#starts = this.#starts.filter((at) => performance.now() - at < interval);
    return burst > 0 && this.#starts.length >= burst;
  }
}
