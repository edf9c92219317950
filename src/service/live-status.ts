// STATUS= of the service: the result of `status()`, texts from `context.status()`, and the outcome.

import { isSupervised } from '../environment/pool-worker.ts';
import { invalidType, quote } from '../errors.ts';
import type { StatusBoard } from '../watchdog/health.ts';
import type { ServiceDefinition } from './definition.ts';
import { listeningText } from './listening.ts';
import type { Reporter } from './report.ts';
import { StatusLine } from './status-line.ts';

const INTERVAL_MS = 1000;

export class LiveStatus<T> implements StatusBoard {
  readonly #definition: ServiceDefinition<T>;
  readonly #report: Reporter;
  readonly #line: StatusLine;
  #timer: NodeJS.Timeout | undefined;

  constructor(definition: ServiceDefinition<T>, report: Reporter) {
    this.#definition = definition;
    this.#report = report;
    this.#line = new StatusLine((status) => void report.tell({ status }));
  }

  set(text: string): void {
    this.#line.set(text);
  }

  /** Sends the waiting text now, before another message. */
  flush(): void {
    this.#line.flush();
  }

  /** A text that is sent as part of another message. */
  say(status: string): { readonly status: string } {
    this.#line.sent(status);
    return { status };
  }

  /** Starts to call `status()` regularly. Returns the first status, which is sent with READY. */
  begin(value: T): { readonly status?: string } {
    const { statusInterval = INTERVAL_MS } = this.#definition;
    if (!isSupervised()) return {};
    if (this.#definition.status === undefined) return this.#introduce();
    this.#timer = setInterval(() => this.#refresh(value), statusInterval).unref();
    const text = this.#ask(value);
    return text === undefined ? {} : this.say(text);
  }

  /** The default text for a service that sets no status. */
  #introduce(): { readonly status?: string } {
    const text = this.#line.text === undefined ? listeningText() : undefined;
    return text === undefined ? {} : this.say(text);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  /** After a successful reload: clears the error of an earlier failed reload. */
  reloaded(value: T, failedBefore: boolean): void {
    if (failedBefore) void this.#report.tell({ errno: 0, status: this.#line.again() });
    if (this.#timer !== undefined) this.#refresh(value);
  }

  /** The failure is already in STATUS. But an unhealthy check matters more, so it is shown again. */
  reloadFailed(): void {
    if (this.#line.covered) this.overwritten();
  }

  unhealthy(status: string): void {
    this.#line.cover(status);
  }

  healthy(status: string): void {
    this.#line.uncover();
    if (this.#line.text === undefined) this.#line.set(status);
  }

  overwritten(): void {
    if (this.#line.text !== undefined) void this.#report.tell({ status: this.#line.again() });
  }

  #refresh(value: T): void {
    const text = this.#ask(value);
    if (text !== undefined) this.#line.set(text);
  }

  #ask(value: T): string | undefined {
    try {
      const text: unknown = this.#definition.status?.(value);
      if (typeof text === 'string') return text;
      // status() is an async function: its rejection must not end the service either.
      Promise.resolve(text).catch(() => undefined);
      throw invalidType(`status() must return a string, not ${quote(text)}`);
    } catch (error) {
      this.#report.complain('status() failed', error);
      return undefined;
    }
  }
}
