// Waits for conditions that other code makes true.
import { SystemdError } from '../errors.ts';

interface ConditionWaiter {
  readonly holds: () => boolean;
  readonly settle: (error?: Error) => void;
}

export class ConditionWaiters {
  readonly #waiters = new Set<ConditionWaiter>();
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
      const timer = timeout === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => waiter.settle(late()), timeout);
      const waiter: ConditionWaiter = {
        holds,
        settle: (error) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** Checks all conditions after a change. */
  check(): void {
    for (const waiter of this.#waiters) if (waiter.holds()) waiter.settle();
  }

  /** Allows waiting again: the state may change from now on. */
  begin(): void {
    this.#end = undefined;
  }

  /** Rejects all waits: the state will not change again. */
  end(reason: Error): void {
    this.check();
    this.#end = reason;
    for (const waiter of this.#waiters) waiter.settle(reason);
  }
}
