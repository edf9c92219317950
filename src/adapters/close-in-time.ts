// Closing a logger's stream must not block the program while journald does not read.
import type { Journal } from '../journal/logger.ts';

const CLOSE_MS = 1000;

/** Closes the journal, and waits for at most one second. The exit of the process writes the rest. */
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
