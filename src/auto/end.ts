// Stops the program in an order that loses nothing: send STOPPING; stop accepting connections; answer open HTTP
// requests; run the program's own handlers. Without a handler: write the remaining entries, and exit with code 0.
import { barrier } from '../notify/barrier.ts';
import { notify } from '../notify/notify.ts';
import { holdDeadline } from '../service/deadline.ts';
import { runningService } from '../service/running.ts';
import { noteStop } from '../sockets/cluster-stop.ts';
import { drainServers, type EndSteps, endWorkers } from './end-steps.ts';
import { codeOfSignal, type ProcessHook } from './process-events.ts';

/** The time limit for the final messages, in milliseconds. */
const LAST_WORDS_MS = 1000;

export class ServiceEnd {
  readonly #ending: EndSteps;
  readonly #hook: () => ProcessHook;
  #phase: 'running' | 'draining' | 'delivered' = 'running';
  #signal: NodeJS.Signals | undefined;

  constructor(ending: EndSteps, hook: () => ProcessHook) {
    this.#ending = ending;
    this.#hook = hook;
  }

  onSignal(signal: NodeJS.Signals, deliver: () => void): void {
    // A service() has its own handlers and its own order.
    if (runningService.running) deliver();
    else if (this.#phase === 'running') void this.#stop(signal, deliver);
    else if (this.#phase === 'draining') this.#noteSecond(signal);
    else if (this.#hook().count(signal) > 0) deliver();
    else this.#raise(signal);
  }

  /** A worker hears of the stop twice, from the manager and from its primary: that is no news. */
  #noteSecond(signal: NodeJS.Signals): void {
    if (this.#ending.speaks) this.#ending.log.journal.notice(`a second ${signal}: the program stops already`);
  }

  /** As a stop by the manager, where nothing has to be done any more. */
  stopIdle(deliver: () => void): void {
    if (this.#phase === 'running' && !runningService.running) void this.#stop('SIGTERM', deliver);
  }

  /** A program that exits with 128+n after signal n has stopped cleanly. */
  onExit(code: number): void {
    if (this.#signal !== undefined && code === codeOfSignal(this.#signal)) process.exitCode = 0;
  }

  async #stop(signal: NodeJS.Signals, deliver: () => void): Promise<void> {
    const { log, timeout, speaks } = this.#ending;
    this.#phase = 'draining';
    this.#signal = signal;
    this.#ending.begin();
    noteStop();
    // The manager would refuse a worker's messages.
    if (!speaks) delete process.env.NOTIFY_SOCKET;
    else notify({ stopping: true, status: 'stopping' }).catch(() => undefined);
    const release = holdDeadline(timeout + LAST_WORDS_MS, () => undefined);
    try {
      await drainServers(this.#ending);
    } catch (error) {
      log.journal.error('cannot end the connections', { error: error as Error });
    }
    this.#phase = 'delivered';
    release();
    // In a separate turn of the event loop, so that an error of a handler is the program's own.
    if (this.#hook().count(signal) > 0) setImmediate(deliver);
    else await this.#finish(signal);
  }

  async #finish(signal: NodeJS.Signals): Promise<void> {
    const { log, speaks, timeout } = this.#ending;
    await endWorkers(signal, timeout);
    if (speaks) await barrier({ timeout: LAST_WORDS_MS }).catch(() => undefined);
    log.flushSync(LAST_WORDS_MS);
    process.exit(0);
  }

  #raise(signal: NodeJS.Signals): void {
    this.#ending.log.flushSync(LAST_WORDS_MS);
    this.#hook().raise(signal);
  }
}
