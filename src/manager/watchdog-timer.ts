// The manager's side of the watchdog: WatchdogSec= in systemd.service(5)

/** Fires when no sign of life has come for the timeout. */
export class WatchdogTimer {
  readonly #expired: () => void;
  #timeout: number;
  #timer: NodeJS.Timeout | undefined;
  #deadline = 0;

  /** `timeout` in milliseconds, 0 for none. It does not run before `start`. */
  constructor(timeout: number, expired: () => void) {
    this.#timeout = timeout;
    this.#expired = expired;
  }

  /** What is left of the deadline, in milliseconds; undefined while none runs. */
  get left(): number | undefined {
    return this.#timer === undefined ? undefined : Math.max(0, this.#deadline - performance.now());
  }

  start(timeout: number = this.#timeout): void {
    this.stop();
    this.#timeout = timeout;
    if (timeout === 0) return;
    this.#deadline = performance.now() + timeout;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#expired();
    }, timeout);
  }

  /** A sign of life. One from before `start` does not count, as with systemd. */
  ping(): void {
    if (this.#timer !== undefined) this.start();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
