// Counters that the main thread and the diagnosis worker share, so that the main thread neither sends messages nor
// waits.
import type { Sample } from './stall.ts';

/** The indexes in the shared array. */
const BEATS = 0;
const PINGS = 1;
const TIMEOUT_MS = 2;
const DEBUGGED = 3;
const SESSION = 4;
const LENGTH = 5;

const INT32_MAX = 2_147_483_647;

/** Both sides of the memory that the main thread and its worker share. */
export class Pulse {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(LENGTH * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  /** The current values, with a time that is the same in all threads: performance.now() starts at 0 in each thread. */
  sample(): Sample {
    const { beats, pings, timeout } = this;
    return { now: Number(process.hrtime.bigint()) / 1e6, beats, pings, timeout };
  }

  /** How often the event loop has reached its timer; wraps around. */
  get beats(): number {
    return Atomics.load(this.#cells, BEATS);
  }

  beat(): void {
    Atomics.add(this.#cells, BEATS, 1);
  }

  /** How many pings were sent; wraps around. */
  get pings(): number {
    return Atomics.load(this.#cells, PINGS);
  }

  ping(): void {
    Atomics.add(this.#cells, PINGS, 1);
  }

  /** How long the manager waits for a ping, in milliseconds; 0: there is currently no watchdog. */
  get timeout(): number {
    return Atomics.load(this.#cells, TIMEOUT_MS);
  }

  set timeout(ms: number) {
    Atomics.store(this.#cells, TIMEOUT_MS, Math.min(Math.floor(ms), INT32_MAX));
  }

  /** An inspector listens: an attached debugger may have stopped the main thread. */
  get debugged(): boolean {
    return Atomics.load(this.#cells, DEBUGGED) === 1;
  }

  set debugged(listening: boolean) {
    Atomics.store(this.#cells, DEBUGGED, listening ? 1 : 0);
  }

  /** The worker has a session with the main thread. */
  get session(): boolean {
    return Atomics.load(this.#cells, SESSION) === 1;
  }

  set session(connected: boolean) {
    Atomics.store(this.#cells, SESSION, connected ? 1 : 0);
    if (!connected) Atomics.notify(this.#cells, SESSION);
  }

  /** Blocks until the worker's session is closed, for at most `ms` milliseconds. */
  awaitNoSession(ms: number): void {
    Atomics.wait(this.#cells, SESSION, 1, ms);
  }
}
