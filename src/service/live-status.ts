// STATUS= of the service: what `status()` returns, what the service says itself, and what became of it.

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

  /** Sends what waits: something else is about to be said. */
  flush(): void {
    this.#line.flush();
  }

  /** A text that goes along with another message. */
  say(status: string): { readonly status: string } {
    this.#line.sent(status);
    return { status };
  }

  /** Asks from now on. Returns the first status, which goes along with READY. */
  begin(value: T): { readonly status?: string } {
    const { statusInterval = INTERVAL_MS } = this.#definition;
    if (!isSupervised()) return {};
    if (this.#definition.status === undefined) return this.#introduce();
    this.#timer = setInterval(() => this.#refresh(value), statusInterval).unref();
    const text = this.#ask(value);
    return text === undefined ? {} : this.say(text);
  }

  /** A service that says nothing itself. */
  #introduce(): { readonly status?: string } {
    const text = this.#line.text === undefined ? listeningText() : undefined;
    return text === undefined ? {} : this.say(text);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  /** After a reload: what one that failed has left behind goes when the next succeeds. */
  reloaded(value: T, failedBefore: boolean): void {
    if (failedBefore) void this.#report.tell({ errno: 0, status: this.#line.again() });
    if (this.#timer !== undefined) this.#refresh(value);
  }

  /** It has said so in STATUS; but what may end the service matters more, and the journal has the other. */
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
      // An async function: its rejection must not end the service either.
      Promise.resolve(text).catch(() => undefined);
      throw invalidType(`status() must return a string, not ${quote(text)}`);
    } catch (error) {
      this.#report.complain('status() failed', error);
      return undefined;
    }
  }
}
