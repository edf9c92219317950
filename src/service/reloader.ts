// Reloads of a running service, one after another. Type=notify-reload in systemd.service(5)
import { serviceChannel } from '../channels.ts';
import { reload } from '../notify/reload.ts';
import { contextOf } from './context.ts';
import { holdDeadline } from './deadline.ts';
import type { ServiceDefinition } from './definition.ts';
import { logFailure } from './failure.ts';
import type { LiveStatus } from './live-status.ts';
import type { Reporter } from './report.ts';
import { isAbort, withinLimit } from './time-limit.ts';

/** A reload that hangs would block all later ones, so it always has a limit. */
const LIMIT_MS = 90_000;

export class Reloader<T> {
  readonly #definition: ServiceDefinition<T>;
  readonly #report: Reporter;
  readonly #status: LiveStatus<T>;
  readonly #living: AbortSignal;
  #running: { readonly value: T } | undefined;
  #wanted = false;
  #failed = false;
  #last: Promise<void> = Promise.resolve();

  constructor(definition: ServiceDefinition<T>, report: Reporter, status: LiveStatus<T>, living: AbortSignal) {
    this.#definition = definition;
    this.#report = report;
    this.#status = status;
    this.#living = living;
  }

  /** The service runs: performs a reload that was requested during start. */
  begin(value: T): void {
    this.#running = { value };
    if (this.#wanted) this.reload();
  }

  /** Accepts no more reloads; waits for the current one, whose signal is already aborted. */
  async end(): Promise<void> {
    this.#running = undefined;
    await this.#last;
  }

  reload(): void {
    this.#wanted = true;
    if (this.#running === undefined || this.#living.aborted) return;
    this.#last = this.#handshake(this.#running.value);
  }

  async #handshake(value: T): Promise<void> {
    const begin = performance.now();
    if (serviceChannel.hasSubscribers) serviceChannel.publish({ type: 'reloading' });
    let outcome: { readonly error: unknown } | 'done' | undefined;
    try {
      await reload(async () => {
        outcome = await this.#work(value);
        if (outcome === 'done') return;
        // Logged before READY, because `systemctl reload` returns with READY and the user then reads the log.
        if (!this.#living.aborted) logFailure(this.#report.log, 'reload failed', outcome.error);
        throw outcome.error;
      });
    } catch (error) {
      // In any other case the error was already reported.
      if (outcome === 'done') this.#report.complain('cannot tell the service manager', error);
    }
    if (outcome === 'done') this.#status.reloaded(value, this.#failed);
    else this.#status.reloadFailed();
    this.#failed = outcome !== 'done';
    if (!serviceChannel.hasSubscribers) return;
    const error = outcome === 'done' ? undefined : outcome?.error;
    serviceChannel.publish({ type: 'reloaded', duration: performance.now() - begin, error });
  }

  async #work(value: T): Promise<{ readonly error: unknown } | 'done'> {
    const { startTimeout: ms = LIMIT_MS } = this.#definition;
    const controller = new AbortController();
    const abort = (): void => controller.abort(this.#living.reason);
    this.#living.addEventListener('abort', abort, { once: true });
    const release = holdDeadline(ms, (error) => this.#report.complain('cannot extend the deadline', error));
    try {
      const context = contextOf(this.#report.log, controller.signal, this.#status);
      const work = (): void | Promise<void> => this.#definition.reload?.(value, context);
      await withinLimit(work, { what: 'reload()', ms, controller }).finally(() => this.#status.flush());
      return 'done';
    } catch (error) {
      return { error: isAbort(error, controller.signal) ? controller.signal.reason : error };
    } finally {
      release();
      this.#living.removeEventListener('abort', abort);
    }
  }
}
