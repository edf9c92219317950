// What is written down about a run of a service: what it said, when things happened, and how it ended.

import type { Notification } from '../notify/decode.ts';
import type { Exit } from './launch.ts';
import type { Phase, Result } from './service-state.ts';

/** What a daemon needs of its manager. */
export interface Surroundings {
  readonly elapsed: () => number;
  readonly record: (source: 'manager' | 'service', text: string) => void;
}

/** A message that counted. */
export interface Message extends Notification {
  /** Milliseconds since the manager was created. */
  readonly at: number;
  /** Who sent it, by the kernel's word. */
  readonly pid: number;
}

/** How a service ended. */
export interface End extends Exit {
  readonly result: Result;
}

/** When things happened last, in milliseconds since the manager was created. */
export interface Timing {
  readonly start: number;
  /** When it was up. */
  readonly ready: number | undefined;
  /** When the last reload, the answer to it included, was through. */
  readonly reload: number | undefined;
  readonly stop: number | undefined;
  readonly end: number | undefined;
}

/** Takes the times. */
export class Clock {
  readonly #elapsed: () => number;
  #before: Phase = 'ended';
  timing!: Timing;

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
    this.begin();
  }

  begin(): void {
    this.timing = { start: this.#elapsed(), ready: undefined, reload: undefined, stop: undefined, end: undefined };
  }

  look(phase: Phase): void {
    if (phase === this.#before) return;
    const now = this.#elapsed();
    if (phase === 'running') {
      this.timing = { ...this.timing, ...(this.#before === 'reloading' ? { reload: now } : { ready: now }) };
    } else if (phase === 'stopping') this.timing = { ...this.timing, stop: now };
    else if (phase === 'ended') this.timing = { ...this.timing, end: now };
    this.#before = phase;
  }
}

/** For people: `exited with code 1 before READY=1 (result exit-code)`. */
export function describeEnd({ code, signal, result }: End, beforeReady: boolean): string {
  const when = beforeReady ? ' before READY=1' : '';
  const outcome = `(result ${result})`;
  if (signal !== null) return `ended by ${signal}${when} ${outcome}`;
  return code === null ? `ended${when} ${outcome}` : `exited with code ${code}${when} ${outcome}`;
}

/** How much time was left when a sign of life came. */
export function slack({ watchdog }: Notification, left: number | undefined): string {
  return watchdog !== 'ping' || left === undefined ? '' : ` (${Math.round(left)} ms to spare)`;
}
