// Reports an error to the manager: one line for STATUS=, and its number for ERRNO=.
import { constants } from 'node:os';
import { errnoNames } from '../errno.ts';
import type { NotifyState } from './state.ts';

/** Limit for the chain of causes, which may be circular. */
const CAUSES_MAX = 10;

/** STATUS= and, if the error has a number, ERRNO=. Accepts any thrown value. */
export function failureState(what: string, error: unknown): NotifyState {
  const errno = errnoOf(error);
  return { status: `${what}: ${reason(error)}`, ...(errno === undefined ? {} : { errno }) };
}

/** The error as one line. Also for values that cannot be converted to a string. */
export function reason(error: unknown): string {
  try {
    if (!(error instanceof Error)) return String(error);
    return `${error.message}` || error.name;
  } catch {
    return 'something that cannot be told';
  }
}

/** The number of the first error in the chain that has one. */
function errnoOf(error: unknown): number | undefined {
  try {
    let cause: unknown = error;
    for (let depth = 0; depth < CAUSES_MAX && typeof cause === 'object' && cause !== null; depth += 1) {
      const { errno, code, cause: next } = cause as { errno?: unknown; code?: unknown; cause?: unknown };
      const number = numberOf(errno, code);
      if (number !== undefined) return number;
      cause = next;
    }
  } catch {
    // a getter that throws
  }
  return undefined;
}

/** `errno` is negative in Node; libuv's own numbers are ignored. Otherwise the number of the name in `code`. */
function numberOf(errno: unknown, code: unknown): number | undefined {
  const number = typeof errno === 'number' ? Math.abs(errno) : undefined;
  if (number !== undefined && errnoNames().has(number)) return number;
  if (typeof code !== 'string' || !Object.hasOwn(constants.errno, code)) return undefined;
  return constants.errno[code as keyof typeof constants.errno];
}
