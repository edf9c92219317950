// The journal of a program that may print nothing before it is ready: created, and its code compiled, at the first entry.
import { journal } from '../journal/create-journal.ts';
import { findsJournal, JOURNAL_SOCKET } from '../journal/find-journal.ts';
import type { Journal } from '../journal/logger.ts';
import { identifier } from '../journal/program-name.ts';

export class LateJournal {
  /** Whether journald listens. */
  readonly found: boolean = findsJournal('auto', JOURNAL_SOCKET);
  // Before the program changes the variables that it depends on.
  readonly #identifier = identifier();
  #made: Journal | undefined;

  get journal(): Journal {
    this.#made ??= journal({
      level: 'debug',
      identifier: this.#identifier,
      connect: this.found ? 'always' : 'never',
    });
    return this.#made;
  }

  /** Writes the entries that wait, for at most so many milliseconds. */
  flushSync(timeout: number): void {
    this.#made?.flushSync(timeout);
  }
}
