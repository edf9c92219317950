// What is said of an error: a line for STATUS=, its number for ERRNO=, and everything for the journal.
import type { Journal } from '../journal/logger.ts';
import type { NotifyState } from '../notify/state.ts';

const ERRNO_MAX = 4095;

/** STATUS= and, where the error has a number, ERRNO=. */
export function failureState(what: string, error: unknown): NotifyState {
  const errno = errnoOf(error);
  return { status: `${what}: ${reason(error)}`, ...(errno === undefined ? {} : { errno }) };
}

/** One entry with the stack, the number and the place of the error, and of what caused it. */
export function logFailure(log: Journal, what: string, error: unknown): void {
  log.error(`${what}: ${reason(error)}`, { error: error instanceof Error ? error : undefined });
}

/** Anything can be thrown, also what cannot become a string. */
export function reason(error: unknown): string {
  try {
    if (!(error instanceof Error)) return String(error);
    return error.message === '' ? error.name : error.message;
  } catch {
    return 'something that cannot be told';
  }
}

function errnoOf(error: unknown): number | undefined {
  try {
    const errno = Math.abs(Number((error as { errno?: unknown }).errno));
    return Number.isInteger(errno) && errno > 0 && errno <= ERRNO_MAX ? errno : undefined;
  } catch {
    return undefined; // not an object, or a getter that throws
  }
}
