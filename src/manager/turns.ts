// Waiting for a condition that others make true.
import { SystemdError } from '../errors.ts';

interface Waiting {
  readonly holds: () => boolean;
  readonly settle: (error?: Error) => void;
}

export class Turns {
  readonly #waiting = new Set<Waiting>();
  readonly #describe: () => string;
  #end: Error | undefined;

  /** `describe` says in an error how things stand instead. */
  constructor(describe: () => string) {
    this.#describe = describe;
  }

  /** @throws (rejects) SystemdError `SD_ERR_TIMEOUT`, or what `end` was called with. */
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

  /** Something has changed. */
  look(): void {
    for (const waiting of this.#waiting) if (waiting.holds()) waiting.settle();
  }

  /** Something may change again. */
  begin(): void {
    this.#end = undefined;
  }

  /** Nothing will change any more. */
  end(reason: Error): void {
    this.look();
    this.#end = reason;
    for (const waiting of this.#waiting) waiting.settle(reason);
  }
}
