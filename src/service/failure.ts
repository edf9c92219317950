// Logs an error to the journal.
import type { Journal } from '../journal/logger.ts';
import { reason } from '../notify/failure.ts';

/** One entry with the stack, code and location of the error, and of its causes. */
export function logFailure(log: Journal, what: string, error: unknown): void {
  log.error(`${what}: ${reason(error)}`, { error: error instanceof Error ? error : undefined });
}
