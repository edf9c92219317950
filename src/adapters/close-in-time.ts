// The end of a logger's stream must not hold the program up for as long as journald does not read.
import type { Journal } from '../journal/logger.ts';

const CLOSE_MS = 1000;

/** Closes it and waits for at most one second. The exit of the process flushes the rest. */
export function closeInTime(journal: Journal, closed: () => void): void {
  let open = true;
  const finish = (): void => {
    clearTimeout(timer);
    if (open) closed();
    open = false;
  };
  const timer = setTimeout(finish, CLOSE_MS);
  journal.close().then(finish, finish);
}
