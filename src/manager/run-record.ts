// The record of a run: the messages of the service, the times of events, and how it ended.

import { SystemdError } from '../errors.ts';
import type { Notification } from '../notify/decode.ts';
import type { Exit } from './launch.ts';
import type { Phase, Result } from './service-state.ts';

/** The parts of the manager that a daemon uses. */
export interface DaemonHost {
  readonly elapsed: () => number;
  readonly record: (source: 'manager' | 'service', text: string) => void;
}

/** A message that was accepted. */
export interface Message extends Notification {
  /** Milliseconds since the manager was created. */
  readonly at: number;
  /** The sender, as reported by the kernel. */
  readonly pid: number;
}

/** How a service ended. */
export interface End extends Exit {
  readonly result: Result;
}

/** The latest times, in milliseconds since the manager was created. */
export interface Timing {
  readonly start: number;
  /** When it was running. */
  readonly ready: number | undefined;
  /** When the last reload was complete, including its answer. */
  readonly reload: number | undefined;
  readonly stop: number | undefined;
  readonly end: number | undefined;
}

/** Records the times. */
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

  note(phase: Phase): void {
    if (phase === this.#before) return;
    const now = this.#elapsed();
    if (phase === 'running') {
      this.timing = { ...this.timing, ...(this.#before === 'reloading' ? { reload: now } : { ready: now }) };
    } else if (phase === 'stopping') this.timing = { ...this.timing, stop: now };
    else if (phase === 'ended') this.timing = { ...this.timing, end: now };
    this.#before = phase;
  }
}

/** Text for messages: `exited with code 1 before READY=1 (result exit-code)`. */
export function describeEnd({ code, signal, result }: End, beforeReady: boolean): string {
  const when = beforeReady ? ' before READY=1' : '';
  const outcome = `(result ${result})`;
  if (signal !== null) return `ended by ${signal}${when} ${outcome}`;
  return code === null ? `ended${when} ${outcome}` : `exited with code ${code}${when} ${outcome}`;
}

/** The remaining time when a watchdog ping arrived. */
export function slack({ watchdog }: Notification, left: number | undefined): string {
  return watchdog !== 'ping' || left === undefined ? '' : ` (${Math.round(left)} ms to spare)`;
}

/** The error of a reload that has ended with `result`; undefined after a success. */
export function reloadFailure(result: Result, timeout: number, phase: Phase): SystemdError | undefined {
  if (result === 'success') return undefined;
  return result === 'timeout'
    ? new SystemdError('SD_ERR_TIMEOUT', `no end of the reload within ${timeout} ms: the service is ${phase}`)
    : new SystemdError('SD_ERR_STATE', `the reload has failed: ${result}`);
}
