// The main thread's side of `diagnose: true`: a beat in shared memory, and the worker that watches it.
import type { Worker } from 'node:worker_threads';
import { atExit } from '../at-exit.ts';
import { watchdogChannel } from '../channels.ts';
import { executableAsset } from '../embedded-addon.ts';
import { identifier } from '../journal/program-name.ts';
import { addonPath } from '../native.ts';
import type { DiagnosisData, DiagnosisMessage } from './diagnosis-messages.ts';
import { findScript, SCRIPT } from './diagnosis-script.ts';
import type { StatusBoard } from './health.ts';
import type { WatchdogLog } from './options.ts';
import { Pulse } from './pulse.ts';
import { beatInterval } from './stall.ts';

/** Upper limits, not reservations: enough for the scripts of a large program and its source maps. */
const LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 };
/** How long an open session may delay the exit of the process, within the budget of at-exit.ts. */
const EXIT_MS = 200;

export class Diagnosis {
  readonly #pulse = new Pulse();
  readonly #log: WatchdogLog | undefined;
  readonly #board: StatusBoard;
  readonly #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #cancelExitStep = atExit({ flushSync: (timeoutMs) => this.#endSession(timeoutMs) });

  /**
   * Starts the thread before it returns: it must also see a block that begins right after this call, and a blocked loop
   * would not process an import. Never throws.
   */
  constructor(timeout: number, journal: string, log: WatchdogLog | undefined, board: StatusBoard) {
    this.#log = log;
    this.#board = board;
    this.pace(timeout);
    this.#worker = this.#start(journal);
  }

  #start(journal: string): Worker | undefined {
    try {
      const workerData: DiagnosisData = {
        memory: this.#pulse.memory,
        start: this.#pulse.sample(),
        identifier: identifier(),
        journal,
        sourceMaps: process.sourceMapsEnabled,
      };
      // Loaded late: programs without diagnosis need not load node:worker_threads.
      const { Worker } = process.getBuiltinModule('node:worker_threads');
      // Without execArgv, because modules that the program preloads (--import, --require) are not for this thread.
      const options = { workerData, env: environment(), execArgv: [], resourceLimits: LIMITS };
      const source = executableAsset(SCRIPT);
      const worker =
        source === undefined
          ? new Worker(findScript(), options)
          : new Worker(Buffer.from(source).toString(), { ...options, eval: true });
      worker.on('message', (message: DiagnosisMessage) => this.#told(message));
      worker.on('error', (error) => this.#failed(error));
      worker.unref();
      return worker;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  #failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#log?.warning(`a blocked event loop will not be diagnosed: ${reason}`);
  }

  /** Logs what the worker could not write to the journal, or what the log writes elsewhere, such as to a terminal. */
  #told({ report, written }: DiagnosisMessage): void {
    if (report.priority === 5) this.#board.overwritten();
    const { message, fields } = report;
    if (watchdogChannel.hasSubscribers) watchdogChannel.publish({ type: 'stall', message, fields });
    if (written && this.#log?.connected !== false) return;
    this.#log?.[report.priority === 3 ? 'error' : 'notice'](report.message, {
      ...report.fields,
      messageId: report.id,
    });
  }

  /** Sets another timeout, in milliseconds; 0 for none. */
  pace(timeout: number): void {
    this.#pulse.timeout = timeout;
    clearInterval(this.#timer);
    this.#pulse.beat();
    this.#pulse.ping();
    if (timeout > 0) this.#timer = setInterval(() => this.#pulse.beat(), beatInterval(timeout)).unref();
  }

  /** A watchdog ping was sent. */
  pinged(): void {
    this.#pulse.ping();
  }

  /** While an inspector listens, a debugger may stop the main thread: this is not reported. */
  set debugged(listening: boolean) {
    this.#pulse.debugged = listening;
  }

  stop(): void {
    this.pace(0);
    this.#cancelExitStep();
    void this.#worker?.terminate();
  }

  #endSession(timeoutMs: number): boolean {
    if (!this.#pulse.session) return true;
    this.#worker?.postMessage('end');
    this.#pulse.awaitNoSession(Math.min(EXIT_MS, timeoutMs));
    return !this.#pulse.session;
  }
}

/** Without NODE_OPTIONS, which may preload modules. */
function environment(): NodeJS.ProcessEnv {
  const { NOTIFY_SOCKET } = process.env;
  const READYD_NATIVE = addonPath() ?? process.env.READYD_NATIVE;
  return { ...(NOTIFY_SOCKET && { NOTIFY_SOCKET }), ...(READYD_NATIVE && { READYD_NATIVE }) };
}
