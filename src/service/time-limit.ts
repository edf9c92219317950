// Work that may take only so long.
import { SystemdError } from '../errors.ts';

export interface Limit {
  /** What it is called, such as `start()`. */
  readonly what: string;
  /** In milliseconds; undefined without a limit. */
  readonly ms: number | undefined;
  /** Aborted when the time is over; it may be aborted for another reason, too. */
  readonly controller: AbortController;
}

/** How long work may go on that was told to end, in milliseconds: a second or so is kept for telling why. */
export const GRACE_MS = 1000;
/** The same for one that was told by somebody else, who has time. */
const CANCEL_GRACE_MS = 5000;

/**
 * Settles as the work does. When the time is over the signal is aborted; work that does not end then is left alone, and
 * the promise rejects.
 * @throws SystemdError `SD_ERR_TIMEOUT`, or what the work throws.
 */
export async function withinLimit<T>(work: () => T | Promise<T>, limit: Limit): Promise<T> {
  const { what, ms, controller } = limit;
  const { signal } = controller;
  const late = ms === undefined ? undefined : setTimeout(() => controller.abort(tooLong(what, ms)), ms);
  const settled = new AbortController();
  try {
    return await Promise.race([work(), givingUp(what, signal, settled.signal)]);
  } finally {
    clearTimeout(late);
    settled.abort();
  }
}

/** Rejects some time after `signal` was aborted, unless the work has settled. */
function givingUp(what: string, signal: AbortSignal, settled: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = (): void => {
      const own = signal.reason instanceof SystemdError;
      const grace = own ? GRACE_MS : CANCEL_GRACE_MS;
      const reason = own ? signal.reason : tooLong(`${what}, told to end,`, grace);
      const timer = setTimeout(() => reject(reason as Error), grace);
      settled.addEventListener('abort', () => clearTimeout(timer));
    };
    signal.addEventListener('abort', onAbort, { once: true, signal: settled });
  });
}

function tooLong(what: string, ms: number): SystemdError {
  return new SystemdError('SD_ERR_TIMEOUT', `${what} was not done within ${ms} ms`);
}

/** The usual error of aborted work, which is no failure. */
export function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'));
}
