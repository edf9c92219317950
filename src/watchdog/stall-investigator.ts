// Finds out what blocks the main thread, and reports it. Runs in the diagnosis worker, once a block is suspected.
import { locate } from './code-place.ts';
import { mainThreadState } from './main-thread-state.ts';
import type { Pulse } from './pulse.ts';
import { type RawFrame, StackCapture } from './stack-capture.ts';
import { reserve, type Stall } from './stall.ts';
import { type Report, stackReport, turningReport, unreadReport } from './stall-report.ts';

/** How long a pause in JavaScript may take on a busy machine. */
const PAUSE_MIN_MS = 250;

export class StallInvestigator {
  readonly #pulse: Pulse;
  readonly #stall: Stall;
  readonly #sourceMaps: boolean;
  readonly #tell: (report: Report) => void;
  #capture: StackCapture | undefined;
  /** The block time at which the main thread counts as being in native code. */
  #unreadAt = Number.POSITIVE_INFINITY;
  /** Set once per block: a second request might pause a thread that another debugger has just resumed. */
  #asked = false;
  /** How long the loop was blocked at the last check, if that was reported. */
  #told: number | undefined;

  constructor(pulse: Pulse, stall: Stall, sourceMaps: boolean, tell: (report: Report) => void) {
    this.#pulse = pulse;
    this.#stall = stall;
    this.#sourceMaps = sourceMaps;
    this.#tell = tell;
  }

  /** Call this after each check of the pulse. */
  update(): void {
    if (this.#stall.blockedFor === 0 || this.#pulse.debugged) this.#turning();
    else if (this.#stall.blocked) this.#blocked(this.#pulse.timeout);
  }

  #turning(): void {
    this.close();
    if (this.#told !== undefined) this.#tell(turningReport(this.#told));
    this.#told = undefined;
    this.#asked = false;
  }

  #blocked(timeout: number): void {
    const { blockedFor } = this.#stall;
    if (this.#told !== undefined) this.#told = blockedFor;
    if (!this.#asked) this.#ask(timeout);
    else if (blockedFor >= this.#unreadAt) this.#unread(`it is in native code; ${this.#state()}`);
  }

  /**
   * The request stays pending when the stack counts as unreadable: native code may return before the manager's
   * deadline.
   */
  #ask(timeout: number): void {
    const { blockedFor, left } = this.#stall;
    this.#asked = true;
    this.#unreadAt = blockedFor + Math.min(left - reserve(timeout) / 2, Math.max(timeout / 8, PAUSE_MIN_MS));
    this.#pulse.session = true;
    try {
      this.#capture = new StackCapture({
        stack: (frames) => this.#read(frames),
        debugged: () => this.close(),
      });
    } catch (error) {
      this.close();
      this.#unread(error instanceof Error ? error.message : String(error));
    }
  }

  #read(frames: readonly RawFrame[]): void {
    this.close();
    this.#say(stackReport(this.#stall, locate(frames, this.#sourceMaps)));
  }

  #unread(why: string): void {
    this.#unreadAt = Number.POSITIVE_INFINITY;
    this.#say(unreadReport(this.#stall, why));
  }

  #state(): string {
    return mainThreadState(process.pid) ?? 'nothing is known about it';
  }

  #say(report: Report): void {
    this.#told = this.#stall.blockedFor;
    this.#tell(report);
  }

  /** Ends the session with the main thread, if there is one. */
  close(): void {
    this.#capture?.close();
    this.#capture = undefined;
    this.#unreadAt = Number.POSITIVE_INFINITY;
    if (this.#pulse.session) this.#pulse.session = false;
  }
}
