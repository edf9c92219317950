// What is said of an error in the journal.
import type { Journal } from '../journal/logger.ts';
import { reason } from '../notify/failure.ts';

/** One entry with the stack, the number and the place of the error, and of what caused it. */
export function logFailure(log: Journal, what: string, error: unknown): void {
  log.error(`${what}: ${reason(error)}`, { error: error instanceof Error ? error : undefined });
}
