// What a service is made of, and what it gets.
import { checkBoolean, checkNumber, checkObject, ownOptions } from '../arguments.ts';
import { invalidType, quote } from '../errors.ts';
import type { Journal } from '../journal/logger.ts';
import type { JournalOptions } from '../journal/options.ts';
import type { ListenFds } from '../sockets/listen-fds.ts';
import { checkOptions, type WatchdogOptions } from '../watchdog/options.ts';
import { checkSignals } from './signals.ts';

/** What every part of a service is called with. */
export interface ServiceContext {
  /** The service's log, with the options of `log` in the definition. */
  readonly log: Journal;
  /** What the service manager passed: claimed when it is first asked for. Throws what `listenFds()` throws. */
  readonly sockets: ListenFds;
  /**
   * For `start` and `reload`: aborted when the service is to stop, and when `startTimeout` is over. For `stop`: aborted
   * when `stopTimeout` is over.
   */
  readonly signal: AbortSignal;
  /** What `systemctl status` shows. The same text again is not sent, and many in a row are not all sent: the last is. */
  status(text: string): void;
}

/** A service; `T` is whatever `start` returns. */
export interface ServiceDefinition<T> {
  /** Gets everything going. When it is done, the service is ready. */
  start(context: ServiceContext): T | Promise<T>;
  /** `reloadSignal`, `systemctl reload`: takes in what has changed. When it fails, the service goes on as it was. */
  reload?(running: T, context: ServiceContext): void | Promise<void>;
  /** `stopSignals`, `systemctl stop`: ends everything. When it is done, the process ends, whatever is still open. */
  stop?(running: T, context: ServiceContext): void | Promise<void>;
  /** What `systemctl status` shows while the service runs. It may throw: that is logged, and nothing else. */
  status?(running: T): string;
  /** How often `status` is asked, in milliseconds; default 1 000. */
  statusInterval?: number;
  /** What `watchdog()` takes; `false` for no heartbeat. */
  watchdog?: WatchdogOptions | false;
  /** What `journal()` takes. */
  log?: JournalOptions;
  /**
   * How long the service manager's deadline is extended at most while `start` (or `reload`) works, in milliseconds;
   * default 90 000. One that is given is a deadline of its own: `start` fails when it is over.
   */
  startTimeout?: number;
  /** The same for `stop`. */
  stopTimeout?: number;
  /**
   * Stops the service when no connection has been open for so long, in milliseconds: systemd starts it again for the next
   * one. Works only where a socket was passed and is served, and not in the primary of a cluster. Default: never.
   */
  idleTimeout?: number;
  /** The signals that stop the service: KillSignal= of the unit is one of them. Default: SIGTERM and SIGINT. */
  stopSignals?: readonly NodeJS.Signals[];
  /** The signal that reloads it: ReloadSignal= of the unit. Default: SIGHUP. */
  reloadSignal?: NodeJS.Signals;
  /**
   * How long the program's own listeners for `uncaughtException` and `unhandledRejection` may work on an error that ends
   * the service, in milliseconds; default 2 000. Without such listeners the process ends at once.
   */
  crashTimeout?: number;
  /** Whether the service stays when Node has nothing left to do. Default: false, it stops then, as a job is to. */
  keepAlive?: boolean;
}

const KNOWN_KEYS: Readonly<Record<keyof ServiceDefinition<unknown>, true>> = {
  start: true,
  reload: true,
  stop: true,
  status: true,
  statusInterval: true,
  watchdog: true,
  log: true,
  startTimeout: true,
  stopTimeout: true,
  idleTimeout: true,
  stopSignals: true,
  reloadSignal: true,
  crashTimeout: true,
  keepAlive: true,
};

/** Above this a timer of Node fires at once. */
const TIMER_MAX = 2_147_483_647;

/**
 * The definition's own members.
 *
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`, naming the member.
 */
export function checkDefinition<T>(definition: ServiceDefinition<T>): ServiceDefinition<T> {
  const own = ownOptions('service(): the definition', definition, KNOWN_KEYS);
  const members = own as unknown as Readonly<Record<string, unknown>>; // by their names
  for (const name of ['start', 'reload', 'stop', 'status']) {
    const part = members[name];
    if (typeof part === 'function' || (part === undefined && name !== 'start')) continue;
    throw invalidType(`service(): ${name} must be a function, not ${quote(part)}`);
  }
  const { statusInterval, watchdog, log, startTimeout, stopTimeout, idleTimeout, crashTimeout, keepAlive } = own;
  // Now, and not when the service is ready and its watchdog starts.
  if (watchdog !== undefined && watchdog !== false) checkOptions(watchdog);
  if (log !== undefined) checkObject('service(): log', log);
  for (const [name, time] of Object.entries({ statusInterval, startTimeout, stopTimeout, idleTimeout })) {
    if (time !== undefined) checkNumber(`service(): ${name}`, time, 1, TIMER_MAX);
  }
  if (crashTimeout !== undefined) checkNumber('service(): crashTimeout', crashTimeout, 0, TIMER_MAX);
  if (keepAlive !== undefined) checkBoolean('service(): keepAlive', keepAlive);
  checkSignals(own.stopSignals, own.reloadSignal);
  return own;
}
