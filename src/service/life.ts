// The life of one service: starting → running → stopping. docs/service.md has the picture.
import { isSupervised } from '../environment/pool-worker.ts';
import type { Journal } from '../journal/logger.ts';
import { createWatchdog, type Watchdog } from '../watchdog/watchdog.ts';
import { contextOf } from './context.ts';
import { holdDeadline } from './deadline.ts';
import type { ServiceDefinition } from './definition.ts';
import { endProcess } from './end-process.ts';
import { LiveStatus } from './live-status.ts';
import { followOrders } from './pool-link.ts';
import { Reloader } from './reloader.ts';
import { Reporter } from './report.ts';
import { catchSignals, raise, type StopSignal } from './signals.ts';
import { isAbort, withinLimit } from './time-limit.ts';

/** How long the manager's deadline is extended for a part of the service that sets no time of its own. */
export const EXTENSION_MS = 90_000;
/** What a part that has run out of its own time gets more for telling so. */
const TELLING_MS = 3000;
/** A timer for keeping the process alive; Node knows no longer one. */
const FOREVER_MS = 2_147_483_647;

export class Life<T> {
  readonly #definition: ServiceDefinition<T>;
  readonly #report: Reporter;
  readonly #status: LiveStatus<T>;
  readonly #reloader: Reloader<T>;
  /** Aborted when the service is to stop. */
  readonly #living = new AbortController();
  readonly #told: Promise<void>;
  #tell: () => void = () => undefined;
  #phase: 'starting' | 'running' | 'stopping' = 'starting';
  #failed = false;
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
    const started = await this.#start();
    if (started !== undefined) {
      if (this.#phase === 'starting') await this.#serve(started.value);
      await this.#stop(started.value);
    }
    await this.#report.finish();
    this.#release();
    letGo();
    endProcess(this.#report.log, { failed: this.#failed, hasStop: this.#definition.stop !== undefined });
  }

  #catchEverything(): () => void {
    const onUncaught = (error: unknown): void => this.#crash(error);
    const onIdle = (): void => {
      if (this.#phase === 'running') this.#askToStop();
    };
    process.on('uncaughtException', onUncaught).on('beforeExit', onIdle);
    const releases = [
      catchSignals({
        reload: () => this.#onHangup(),
        stop: () => this.#askToStop(),
        end: (signal) => this.#endNow(signal),
      }),
      followOrders({ reload: () => this.#reloader.reload(), stop: () => this.#askToStop() }),
      () => process.off('uncaughtException', onUncaught).off('beforeExit', onIdle),
    ];
    return () => {
      for (const release of releases) release();
    };
  }

  /** Undefined where the service was told to stop before it had started, and where it could not start. */
  async #start(): Promise<{ readonly value: T } | undefined> {
    const { startTimeout } = this.#definition;
    const controller = new AbortController();
    this.#living.signal.addEventListener('abort', () => controller.abort(this.#living.signal.reason), { once: true });
    const release = this.#hold(startTimeout);
    try {
      const context = contextOf(this.#report.log, controller.signal, this.#status);
      const work = (): T | Promise<T> => this.#definition.start(context);
      const limit = { what: 'start()', ms: startTimeout, controller };
      const value = await withinLimit(work, limit).finally(() => this.#status.flush());
      // Done after all, but too late, and with a signal that says so.
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
    // Ends what start() has begun.
    this.#living.abort(error);
  }

  async #serve(value: T): Promise<void> {
    this.#phase = 'running';
    // Who has said READY stays until it is told to stop; for who has not, see onIdle.
    const alive = isSupervised() ? setInterval(() => undefined, FOREVER_MS) : undefined;
    const told = this.#report.tell({ ready: true, ...this.#status.begin(value) });
    this.#dog = this.#startWatchdog();
    this.#reloader.begin(value);
    await told;
    await this.#told;
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

  /** In the very tick of the signal: STOPPING, and more time for it. */
  #askToStop(): void {
    if (this.#phase === 'stopping') return;
    this.#phase = 'stopping';
    // Neither has anything to say from here on.
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

  /** SIGHUP. A terminal that closes sends it, too, and what cannot reload and has no manager is in one. */
  #onHangup(): void {
    if (this.#definition.reload === undefined && !isSupervised()) this.#askToStop();
    else this.#reloader.reload();
  }

  #endNow(signal: StopSignal): void {
    this.#report.log.warning(`a second ${signal}: the service ends at once`);
    this.#report.log.flushSync();
    raise(signal);
  }

  async #fail(what: string, error: unknown): Promise<void> {
    this.#failed = true;
    await this.#report.fail(what, error);
  }

  /** An error that nobody has caught leaves nothing to rely on: last words, and the end. */
  #crash(error: unknown): never {
    if (this.#phase === 'starting') this.#report.failSync('start failed', error, {});
    else this.#report.failSync('the service failed', error, { stopping: true });
    process.exit(1);
  }
}
