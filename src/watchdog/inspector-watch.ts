// Watches for an inspector. A breakpoint stops the event loop, and a stopped loop cannot send anything: so the manager
// must get a longer timeout before.
import type { Journal } from '../journal/logger.ts';
import { inspectorAddress, LOOK_MS, startedForDebugging } from './debugger.ts';

/** The timeout set in the manager while an inspector listens: a breakpoint may hold the loop this long. */
const DEBUGGING_MS = 3_600_000;

export class InspectorWatch {
  readonly #log: Pick<Journal, 'notice' | 'warning'> | undefined;
  readonly #changed: () => void;
  #timer: NodeJS.Timeout | undefined;
  #listens = false;

  /** Calls `changed` when an inspector begins or stops to listen. */
  constructor(log: Pick<Journal, 'notice' | 'warning'> | undefined, changed: () => void) {
    this.#log = log;
    this.#changed = changed;
  }

  /** Whether an inspector listened when it last looked. */
  get listens(): boolean {
    return this.#listens;
  }

  get runs(): boolean {
    return this.#timer !== undefined;
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
    if (startedForDebugging()) this.#look();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The timeout for the manager. */
  extended(timeout: number): number {
    return this.#listens && timeout > 0 ? Math.max(timeout, DEBUGGING_MS) : timeout;
  }

  #look(): void {
    const address = inspectorAddress();
    if ((address !== undefined) === this.#listens) return;
    this.#listens = address !== undefined;
    this.#changed();
    if (address === undefined) this.#log?.notice('the inspector is closed: the watchdog’s timeout is as before');
    else this.#log?.warning(`an inspector listens on ${address}: the watchdog waits for an hour until it is closed`);
  }
}
