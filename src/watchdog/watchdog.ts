// The heartbeat of the service: systemd kills a service whose event loop stands still. sd_watchdog_enabled(3)
import { checkKeys, checkNumber, checkString } from '../arguments.ts';
import { isMainThread } from '../environment/main-thread.ts';
import { readWatchdog } from '../environment/watchdog.ts';
import { SystemdError } from '../errors.ts';
import type { Journal } from '../journal/logger.ts';
import { notify } from '../notify/notify.ts';

/** What a watchdog may be told. */
export interface WatchdogOptions {
  /** Where it says that pings fail, and why it was triggered. Without one it says nothing. */
  readonly log?: Journal;
}

/** The running heartbeat; `using` stops it. */
export interface Watchdog extends Disposable {
  /** `$WATCHDOG_USEC` is set and meant for this process, and this is its main thread. */
  readonly enabled: boolean;
  /** How long the manager waits for a sign of life, in milliseconds; 0 without a watchdog. */
  readonly timeout: number;
  /** How often one is sent, in milliseconds: half of the timeout. */
  readonly interval: number;
  /**
   * WATCHDOG_USEC=: another timeout, in milliseconds, until the next start; the heartbeat keeps pace. 0 switches the
   * watchdog off. Works for a unit without `WatchdogSec=` too.
   * @returns `false`: `$NOTIFY_SOCKET` is not set.
   */
  setTimeout(ms: number): Promise<boolean>;
  /**
   * WATCHDOG=trigger: the manager acts as if the watchdog had fired, at once. `reason` is in STATUS and in the log.
   * @returns `false`: `$NOTIFY_SOCKET` is not set.
   */
  trigger(reason: string): Promise<boolean>;
  stop(): void;
}

const KNOWN_KEYS: Readonly<Record<keyof WatchdogOptions, true>> = { log: true };
/** Above this a timer of Node fires at once. */
const TIMER_MAX = 2_147_483_647;
/** What WATCHDOG_USEC= can say without loss. */
const TIMEOUT_MAX = Number.MAX_SAFE_INTEGER / 1000;

let running: Heartbeat | undefined;

/**
 * Starts the heartbeat: the first ping at once, then one every half of the timeout, for as long as the event loop turns.
 * It never keeps the process alive. Without `WatchdogSec=` in the unit, off systemd, and in a worker thread (whose
 * ping would prove nothing) nothing is sent, and `enabled` is false.
 *
 * @throws SystemdError `SD_ERR_STATE` while another one runs, `SD_ERR_INVALID_ENV` for a malformed variable.
 * @throws TypeError `SD_ERR_INVALID_ARG`, naming the option.
 * @see sd_watchdog_enabled(3), WatchdogSec= in systemd.service(5)
 */
export function watchdog(options: WatchdogOptions = {}): Watchdog {
  checkKeys('watchdog(): the options', options, KNOWN_KEYS);
  if (running?.beating) throw new SystemdError('SD_ERR_STATE', 'a watchdog runs already: stop() it first');
  const usec = isMainThread() ? readWatchdog(process.env, process.pid) : undefined;
  running = new Heartbeat(usec === undefined ? 0 : Number(usec) / 1000, options.log);
  return running;
}

class Heartbeat implements Watchdog {
  readonly enabled: boolean;
  readonly #log: Journal | undefined;
  #timeout: number;
  #timer: NodeJS.Timeout | undefined;
  #waiting = false;
  #failing = false;

  constructor(timeout: number, log: Journal | undefined) {
    this.enabled = timeout > 0;
    this.#timeout = timeout;
    this.#log = log;
    this.#pace();
  }

  get beating(): boolean {
    return this.#timer !== undefined;
  }

  get timeout(): number {
    return this.#timeout;
  }

  get interval(): number {
    return this.#timeout / 2;
  }

  async setTimeout(ms: number): Promise<boolean> {
    checkNumber('watchdog.setTimeout(): the time', ms, 0, TIMEOUT_MAX);
    const sent = await notify({ watchdogTimeout: ms });
    if (!sent || !isMainThread()) return sent;
    this.#timeout = ms;
    this.#pace();
    return true;
  }

  async trigger(reason: string): Promise<boolean> {
    checkString('watchdog.trigger(): the reason', reason);
    this.#log?.critical(`watchdog triggered: ${reason}`);
    return notify({ watchdog: 'trigger', status: reason });
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #pace(): void {
    this.stop();
    if (this.#timeout === 0) return;
    this.#ping();
    const ms = Math.max(1, Math.min(Math.floor(this.interval), TIMER_MAX));
    this.#timer = setInterval(() => this.#ping(), ms).unref();
  }

  #ping(): void {
    // One that waits for room in the manager's queue says all that a second one would.
    if (this.#waiting) return;
    this.#waiting = true;
    notify({ watchdog: true }, { timeout: this.interval }).then(
      () => this.#sent(),
      (error: Error) => this.#failed(error),
    );
  }

  #sent(): void {
    this.#waiting = false;
    if (this.#failing) this.#log?.notice('the service manager takes watchdog pings again');
    this.#failing = false;
  }

  /** Told once, not at every ping; the next one tries again. */
  #failed(error: Error): void {
    this.#waiting = false;
    if (!this.#failing) this.#log?.error(error);
    this.#failing = true;
  }
}
