// Stops the program in an order that loses nothing: send STOPPING; stop accepting connections; answer open HTTP
// requests; run the program's own handlers. Without a handler: write the remaining entries, and exit with code 0.
import type { Worker } from 'node:cluster';
import type { Server } from 'node:net';
import type { Journal } from '../journal/logger.ts';
import { barrier } from '../notify/barrier.ts';
import { notify } from '../notify/notify.ts';
import { replace } from '../replace.ts';
import { holdDeadline } from '../service/deadline.ts';
import { drainServer } from '../service/drain.ts';
import { runningService } from '../service/running.ts';
import { cluster } from '../sockets/cluster.ts';
import { closeClusterHandles, noteStop, primaryAccepts, receiveConnections } from '../sockets/cluster-stop.ts';
import { codeOfSignal, type ProcessHook } from './process-events.ts';

export interface EndSteps {
  readonly log: Journal;
  /** In milliseconds. */
  readonly timeout: number;
  /** Whether this process notifies the service manager: cluster workers do not. */
  readonly speaks: boolean;
  /** Whether this process is a worker of a cluster, which gets its connections from the primary. */
  readonly isWorker: boolean;
  /** The servers that listen. */
  servers(): readonly Server[];
  /** Called when the stop begins: READY must no longer be sent. */
  begin(): void;
}

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
    if (this.#ending.speaks) this.#ending.log.notice(`a second ${signal}: the program stops already`);
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
      await this.#drain();
    } catch (error) {
      log.error('cannot end the connections', { error: error as Error });
    }
    this.#phase = 'delivered';
    release();
    // In a separate turn of the event loop, so that an error of a handler is the program's own.
    if (this.#hook().count(signal) > 0) setImmediate(deliver);
    else await this.#finish(signal);
  }

  async #drain(): Promise<void> {
    const { timeout, isWorker } = this.#ending;
    if (isWorker) await receiveConnections();
    const servers = this.#ending.servers();
    const drained = servers.map((server) => {
      // For other protocols only the program knows what a complete answer is.
      if (!speaksHttp(server)) server.close();
      const done = speaksHttp(server)
        ? drainServer(server, { timeout, force: false, awaitUpgraded: false })
        : Promise.resolve();
      closeQuietly(server);
      return done;
    });
    closeClusterHandles();
    await Promise.all(drained);
    // Until then a worker refuses connections, and the primary gives them to another worker.
    if (isWorker) await primaryAccepts();
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

/** HTTP/1 and HTTP/2. */
function speaksHttp(server: Server): boolean {
  return 'closeIdleConnections' in server || 'updateSettings' in server;
}

/** The program closes its servers itself: suppresses the error for a server that was already closed here. */
function closeQuietly(server: Server): void {
  replace(server, 'close', (original: (this: Server, callback?: (error?: NodeJS.ErrnoException) => void) => Server) => {
    return function (this: Server, callback) {
      if (typeof callback !== 'function') return original.call(this);
      return original.call(this, (error) => {
        if (error?.code === 'ERR_SERVER_NOT_RUNNING') callback();
        else callback(error);
      });
    };
  });
}

/** Cluster workers exit with their primary, even in the middle of work: so they must stop first. */
async function endWorkers(signal: NodeJS.Signals, timeout: number): Promise<void> {
  // Empty if no process was started, or none by node:cluster.
  const workers = Object.values(cluster().workers ?? {}).filter((worker): worker is Worker => worker !== undefined);
  if (workers.length === 0) return;
  const gone = workers.map((worker) => new Promise<void>((resolve) => worker.once('exit', () => resolve())));
  for (const worker of workers) worker.process.kill(signal);
  const late = new Promise<void>((resolve) => setTimeout(resolve, timeout).unref());
  await Promise.race([Promise.all(gone), late]);
}
