// Notifies the service manager without ever failing the service: a failed notification is logged once.
import { serviceChannel } from '../channels.ts';
import type { Journal } from '../journal/logger.ts';
import { barrier } from '../notify/barrier.ts';
import { failureState } from '../notify/failure.ts';
import { notifySync, notifyWhileUp } from '../notify/notify.ts';
import type { NotifyState } from '../notify/state.ts';
import { logFailure } from './failure.ts';

/** The time limit of a synchronous final message, in milliseconds. */
const LAST_WORDS_MS = 1000;

export class Reporter {
  readonly log: Journal;
  readonly #complaints = new Set<string>();

  constructor(log: Journal) {
    this.log = log;
  }

  /** Resolves when the message was sent, or could not be sent. */
  async tell(state: NotifyState): Promise<void> {
    try {
      await notifyWhileUp(state);
    } catch (error) {
      this.complain('cannot tell the service manager', error);
    }
  }

  /** Reports an error: STATUS, ERRNO and a log entry. */
  async fail(what: string, error: unknown): Promise<void> {
    logFailure(this.log, what, error);
    if (serviceChannel.hasSubscribers) serviceChannel.publish({ type: 'failed', what, error });
    await this.tell(failureState(what, error));
  }

  /** The same, synchronously, when the process exits within this call. */
  failSync(what: string, error: unknown, state: NotifyState): void {
    logFailure(this.log, what, error);
    if (serviceChannel.hasSubscribers) serviceChannel.publish({ type: 'failed', what, error });
    try {
      notifySync({ ...state, ...failureState(what, error) }, { timeout: LAST_WORDS_MS });
    } catch (failed) {
      this.complain('cannot tell the service manager', failed);
    }
    this.log.flushSync(LAST_WORDS_MS);
  }

  /** Logs a problem that does not stop the service, once for each reason. */
  complain(what: string, error: unknown): void {
    const key = `${what} ${error instanceof Error ? error.message : String(error)}`;
    if (this.#complaints.has(key)) return;
    this.#complaints.add(key);
    logFailure(this.log, what, error);
  }

  /** Waits until all messages have arrived. */
  async finish(): Promise<void> {
    await barrier().catch((error: unknown) => this.complain('the last messages may be lost', error));
    await this.log.close();
  }
}
