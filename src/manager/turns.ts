// Waits for conditions that other code makes true.
import { SystemdError } from '../errors.ts';

interface Waiting {
  readonly holds: () => boolean;
  readonly settle: (error?: Error) => void;
}

export class Turns {
  readonly #waiting = new Set<Waiting>();
  readonly #describe: () => string;
  #end: Error | undefined;

  /** `describe` returns the current state, for error messages. */
  constructor(describe: () => string) {
    this.#describe = describe;
  }

  /** @throws (rejects) SystemdError `SD_ERR_TIMEOUT`, or the error passed to `end`. */
  until(what: string, holds: () => boolean, timeout: number): Promise<void> {
    if (holds()) return Promise.resolve();
    if (this.#end !== undefined) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      const late = (): Error =>
        new SystemdError('SD_ERR_TIMEOUT', `no ${what} within ${timeout} ms: ${this.#describe()}`);
      const timer =
        timeout === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => waiting.settle(late()), timeout);
      const waiting: Waiting = {
        holds,
        settle: (error) => {
          clearTimeout(timer);
          this.#waiting.delete(waiting);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      this.#waiting.add(waiting);
    });
  }

  /** Checks all conditions after a change. */
  look(): void {
    for (const waiting of this.#waiting) if (waiting.holds()) waiting.settle();
  }

  /** Allows waiting again: the state may change from now on. */
  begin(): void {
    this.#end = undefined;
  }

  /** Rejects all waits: the state will not change again. */
  end(reason: Error): void {
    this.look();
    this.#end = reason;
    for (const waiting of this.#waiting) waiting.settle(reason);
  }
}
