// Reports an uncaught error as one journal entry and STATUS, instead of the lines that Node prints.
import { inspect } from 'node:util';
import { isError } from '../journal/error-facts.ts';
import { attempt } from '../journal/unreadable.ts';
import { failureState } from '../notify/failure.ts';
import { notifySync } from '../notify/notify.ts';
import type { LateJournal } from './late-journal.ts';

/** How long to wait for the manager, in milliseconds. */
const LAST_WORDS_MS = 1000;

export class Crashes {
  readonly #log: LateJournal;
  /** Whether the journal already has the error, so that Node's own lines would repeat it. */
  readonly #isRecorded: boolean;
  readonly #speaks: boolean;
  #fatal = false;

  constructor(log: LateJournal, { isRecorded, speaks }: { readonly isRecorded: boolean; readonly speaks: boolean }) {
    this.#log = log;
    this.#isRecorded = isRecorded;
    this.#speaks = speaks;
  }

  uncaught(error: unknown): void {
    const handled = process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
    const isAnError = typeof error === 'object' && error !== null && isError(error);
    attempt(() => {
      if (isAnError) this.#log.journal.critical(error as Error);
      else this.#log.journal.critical(`uncaught: ${inspect(error)}`);
    });
    if (handled) return;
    this.#fatal = true;
    if (!this.#speaks) return;
    // If the manager cannot be notified, the journal still has the error.
    attempt(() => notifySync(failureState('the program failed', error), { timeout: LAST_WORDS_MS }));
  }

  /** Runs after the last 'exit' listener. Exits immediately, because Node would now print the error. */
  exit(code: number): void {
    if (!this.#fatal || !this.#isRecorded || code === 0) return;
    // --report-uncaught-exception writes its file together with those lines.
    if (attempt(() => process.report?.reportOnUncaughtException) === true) return;
    this.#log.flushSync(LAST_WORDS_MS);
    (process as unknown as { reallyExit(code: number): void }).reallyExit(code); // what process.exit() calls, without 'exit'
  }
}
