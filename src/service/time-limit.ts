// Work that may take only so long.
import { SystemdError } from '../errors.ts';

export interface Limit {
  /** What it is called, such as `start()`. */
  readonly what: string;
  /** In milliseconds; undefined for none of its own. */
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
  const late = ms === undefined ? undefined : setTimeout(() => controller.abort(tooLong(what, ms)), ms);
  const given = deferred(controller.signal, what);
  try {
    return await Promise.race([work(), given.up]);
  } finally {
    clearTimeout(late);
    given.clear();
  }
}

function tooLong(what: string, ms: number): SystemdError {
  return new SystemdError('SD_ERR_TIMEOUT', `${what} was not done within ${ms} ms`);
}

/** Rejects some time after the signal was aborted. */
function deferred(signal: AbortSignal, what: string): { readonly up: Promise<never>; clear(): void } {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const up = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      const own = signal.reason instanceof SystemdError;
      const grace = own ? GRACE_MS : CANCEL_GRACE_MS;
      const reason = own ? signal.reason : tooLong(`${what}, told to end,`, grace);
      timer = setTimeout(() => reject(reason as Error), grace);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  return {
    up,
    clear: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

/** What aborting a signal makes of most work; not a failure of its own. */
export function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'));
}
