// How an error is reported to the manager: a line for STATUS=, and its number for ERRNO=.
import { constants } from 'node:os';
import { errnoNames } from '../native.ts';
import type { NotifyState } from './state.ts';

/** How many causes are looked at: a chain may be a circle. */
const CAUSES_MAX = 10;

/** STATUS= and, where the error has a number, ERRNO=. Anything can be thrown. */
export function failureState(what: string, error: unknown): NotifyState {
  const errno = errnoOf(error);
  return { status: `${what}: ${reason(error)}`, ...(errno === undefined ? {} : { errno }) };
}

/** The error in a line: also what cannot become a string. */
export function reason(error: unknown): string {
  try {
    if (!(error instanceof Error)) return String(error);
    return `${error.message}` || error.name;
  } catch {
    return 'something that cannot be told';
  }
}

/** The number of the nearest error in the chain that has one. */
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

/** `errno` as Node has it, negative; what libuv counts beyond the kernel's numbers is none. Else what `code` names. */
function numberOf(errno: unknown, code: unknown): number | undefined {
  const number = typeof errno === 'number' ? Math.abs(errno) : undefined;
  if (number !== undefined && errnoNames().has(number)) return number;
  if (typeof code !== 'string' || !Object.hasOwn(constants.errno, code)) return undefined;
  return constants.errno[code as keyof typeof constants.errno];
}
