// Runs work with a time limit.
import { SystemdError } from '../errors.ts';

export interface Limit {
  /** Its name for messages, such as `start()`. */
  readonly what: string;
  /** In milliseconds; undefined for no limit. */
  readonly ms: number | undefined;
  /** Aborted at the timeout; may also be aborted for another reason. */
  readonly controller: AbortController;
}

/**
 * How long aborted work may continue after the timeout, in milliseconds: about a second remains to report the reason.
 */
export const GRACE_MS = 1000;
/** The same for work that was aborted for another reason, when more time is left. */
const CANCEL_GRACE_MS = 5000;

/**
 * Settles like the work. At the timeout the signal is aborted; if the work still does not end, the promise rejects
 * without waiting for it.
 * @throws SystemdError `SD_ERR_TIMEOUT`, or the error of the work.
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

/** Whether the error is the normal result of an abort, and not a failure. */
export function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'));
}
