// The life cycle of one service: starting → running → stopping. docs/service.md has a diagram.
import { serviceChannel } from '../channels.ts';
import { isSupervised } from '../environment/pool-worker.ts';
import type { Journal } from '../journal/logger.ts';
import { useProcessLog } from '../journal/process-log.ts';
import { native } from '../native.ts';
import { isActivated } from '../sockets/claim.ts';
import { isAnsweredWorker, noteStop, receiveConnections } from '../sockets/cluster-stop.ts';
import { TIMER_MAX } from '../timer.ts';
import { createWatchdog, type Watchdog } from '../watchdog/watchdog.ts';
import { contextOf } from './context.ts';
import { endOnCrash } from './crash.ts';
import { holdDeadline } from './deadline.ts';
import type { ServiceDefinition } from './definition.ts';
import { endProcess } from './end-process.ts';
import { logFailure } from './failure.ts';
import { stopWhenIdle } from './idle-service.ts';
import { warnOfUnclaimed } from './listening.ts';
import { LiveStatus } from './live-status.ts';
import { followOrders } from './pool-link.ts';
import { Reloader } from './reloader.ts';
import { Reporter } from './report.ts';
import { catchSignals, DEFAULT_SIGNALS, raise } from './signals.ts';
import { isAbort, withinLimit } from './time-limit.ts';

/** How long the manager's deadline is extended for a step that sets no timeout. */
export const EXTENSION_MS = 90_000;
/** Extra time for a step to report that it has exceeded its timeout. */
const TELLING_MS = 3000;

export class Life<T> {
  readonly #definition: ServiceDefinition<T>;
  readonly #report: Reporter;
  readonly #status: LiveStatus<T>;
  readonly #reloader: Reloader<T>;
  /** Aborted when the service must stop. */
  readonly #living = new AbortController();
  readonly #told: Promise<void>;
  #tell: () => void = () => undefined;
  #phase: 'starting' | 'running' | 'stopping' = 'starting';
  #failed = false;
  /** When starting or stopping began. */
  #began = 0;
  #crashed = false;
  #dog: Watchdog | undefined;
  #release: () => void = () => undefined;

  constructor(definition: ServiceDefinition<T>, log: Journal) {
    this.#definition = definition;
    this.#report = new Reporter(log);
    this.#status = new LiveStatus(definition, this.#report);
    this.#reloader = new Reloader(definition, this.#report, this.#status, this.#living.signal);
    this.#told = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  async run(): Promise<void> {
    const letGo = this.#catchEverything();
    useProcessLog(this.#report.log);
    const started = this.#canSpeak() ? await this.#start() : undefined;
    await this.#unlessCrashed();
    if (started !== undefined) {
      if (this.#phase === 'starting') await this.#serve(started.value);
      await this.#stop(started.value);
      await this.#unlessCrashed();
      this.#publish('stopped');
    }
    await this.#report.finish();
    this.#release();
    letGo();
    useProcessLog(undefined);
    endProcess(this.#report.log, { failed: this.#failed, hasStop: this.#definition.stop !== undefined });
  }

  #publish(type: 'ready' | 'stopped'): void {
    if (!serviceChannel.hasSubscribers) return;
    serviceChannel.publish({ type, duration: performance.now() - this.#began });
  }

  /** Never resolves after a crash: then only the program's own listeners run, and a timer ends the process. */
  async #unlessCrashed(): Promise<void> {
    if (this.#crashed) await new Promise(() => undefined);
  }

  #catchEverything(): () => void {
    const { stopSignals: stop, reloadSignal: reload, crashTimeout } = this.#definition;
    const signals = { stop: stop ?? DEFAULT_SIGNALS.stop, reload: reload ?? DEFAULT_SIGNALS.reload };
    const onNothingLeft = (): void => {
      if (this.#phase === 'running') this.#askToStop();
    };
    process.on('beforeExit', onNothingLeft);
    const releases = [
      endOnCrash((error) => this.#crash(error), crashTimeout),
      catchSignals(signals, {
        reload: () => this.#onReload(),
        stop: () => this.#askToStop(),
        end: (signal) => this.#endNow(signal),
        ignored: (signal) => this.#report.log.notice(`another ${signal}: the service stops already`),
      }),
      followOrders({ reload: () => this.#reloader.reload(), stop: () => this.#askToStop() }),
      () => process.off('beforeExit', onNothingLeft),
    ];
    return () => {
      for (const release of releases) release();
    };
  }

  /** Without the addon the service cannot send READY, and a manager would wait for it until its timeout. */
  #canSpeak(): boolean {
    try {
      if (process.env.NOTIFY_SOCKET !== undefined) native();
      return true;
    } catch (error) {
      this.#failed = true;
      logFailure(this.#report.log, 'the service cannot start', error);
      return false;
    }
  }

  /** Undefined if the service had to stop before it had started, or could not start. */
  async #start(): Promise<{ readonly value: T } | undefined> {
    const { startTimeout } = this.#definition;
    const controller = new AbortController();
    this.#living.signal.addEventListener('abort', () => controller.abort(this.#living.signal.reason), { once: true });
    const release = this.#hold(startTimeout);
    this.#began = performance.now();
    if (serviceChannel.hasSubscribers) serviceChannel.publish({ type: 'starting' });
    try {
      const context = contextOf(this.#report.log, controller.signal, this.#status);
      const work = (): T | Promise<T> => this.#definition.start(context);
      const limit = { what: 'start()', ms: startTimeout, controller };
      const value = await withinLimit(work, limit).finally(() => this.#status.flush());
      // start() succeeded after its timeout: its signal is already aborted, so this is a failure.
      if (controller.signal.aborted && !this.#living.signal.aborted) throw controller.signal.reason;
      return { value };
    } catch (error) {
      await this.#startFailed(error, controller.signal);
      return undefined;
    } finally {
      release();
    }
  }

  async #startFailed(error: unknown, signal: AbortSignal): Promise<void> {
    const aborted = isAbort(error, signal);
    if (aborted && this.#living.signal.aborted) return;
    await this.#fail('start failed', aborted ? signal.reason : error);
    // Aborts the work that start() has begun.
    this.#living.abort(error);
  }

  async #serve(value: T): Promise<void> {
    this.#phase = 'running';
    this.#publish('ready');
    const { keepAlive = false, idleTimeout } = this.#definition;
    const alive = keepAlive ? setInterval(() => undefined, TIMER_MAX) : undefined;
    warnOfUnclaimed(this.#report.log);
    const told = this.#report.tell({ ready: true, ...this.#status.begin(value) });
    this.#dog = this.#startWatchdog();
    this.#reloader.begin(value);
    // Without socket activation nothing would start the service again.
    const isOnDemand = idleTimeout !== undefined && isActivated();
    const unwatch = isOnDemand ? stopWhenIdle(idleTimeout, () => this.#askToStop()) : () => undefined;
    await told;
    await this.#told;
    unwatch();
    clearInterval(alive);
  }

  #startWatchdog(): Watchdog | undefined {
    const options = this.#definition.watchdog;
    if (options === false) return undefined;
    try {
      return createWatchdog({ log: this.#report.log, ...options }, { board: this.#status });
    } catch (error) {
      this.#report.complain('the service has no watchdog', error);
      return undefined;
    }
  }

  async #stop(value: T): Promise<void> {
    await this.#reloader.end();
    if (isAnsweredWorker()) await receiveConnections();
    if (this.#definition.stop === undefined) return;
    const { stopTimeout } = this.#definition;
    const controller = new AbortController();
    try {
      const context = contextOf(this.#report.log, controller.signal, this.#status);
      const work = (): void | Promise<void> => this.#definition.stop?.(value, context);
      const limit = { what: 'stop()', ms: stopTimeout, controller };
      await withinLimit(work, limit).finally(() => this.#status.flush());
    } catch (error) {
      await this.#fail('stop failed', isAbort(error, controller.signal) ? controller.signal.reason : error);
    }
  }

  /** Sends STOPPING and extends the deadline in the same tick as the signal. */
  #askToStop(): void {
    if (this.#phase === 'stopping') return;
    this.#phase = 'stopping';
    this.#began = performance.now();
    if (serviceChannel.hasSubscribers) serviceChannel.publish({ type: 'stopping' });
    noteStop();
    // Neither sends messages from here on.
    this.#dog?.stop();
    this.#status.end();
    void this.#report.tell({ stopping: true, ...this.#status.say('stopping') });
    this.#release = this.#hold(this.#definition.stopTimeout);
    this.#living.abort();
    this.#tell();
  }

  #hold(ms: number | undefined): () => void {
    const limit = ms === undefined ? EXTENSION_MS : ms + TELLING_MS;
    return holdDeadline(limit, (error) => this.#report.complain('cannot extend the deadline', error));
  }

  /** A closing terminal also sends SIGHUP. A service that cannot reload and has no manager must then stop. */
  #onReload(): void {
    if (this.#definition.reload === undefined && !isSupervised()) this.#askToStop();
    else this.#reloader.reload();
  }

  #endNow(signal: NodeJS.Signals): void {
    this.#report.log.warning(`a second ${signal}: the service ends at once`);
    this.#report.log.flushSync();
    raise(signal);
  }

  async #fail(what: string, error: unknown): Promise<void> {
    this.#failed = true;
    await this.#report.fail(what, error);
  }

  #crash(error: unknown): void {
    this.#crashed = true;
    if (this.#phase === 'starting') this.#report.failSync('start failed', error, {});
    else this.#report.failSync('the service failed', error, { stopping: true });
    // Only the program's own listeners continue for a while.
    this.#phase = 'stopping';
    this.#dog?.stop();
    this.#status.end();
  }
}
