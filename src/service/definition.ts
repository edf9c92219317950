// The definition of a service, and the context that its functions receive.
import { checkBoolean, checkNumber, checkObject, ownOptions } from '../arguments.ts';
import { invalidType, quote } from '../errors.ts';
import type { Journal } from '../journal/logger.ts';
import type { JournalOptions } from '../journal/options.ts';
import type { ListenFds } from '../sockets/listen-fds.ts';
import { TIMER_MAX } from '../timer.ts';
import { checkOptions, type WatchdogOptions } from '../watchdog/options.ts';
import { checkSignals } from './signals.ts';

/** The argument that every function of a service receives. */
export interface ServiceContext {
  /** The service's log, created with the definition's `log` options. */
  readonly log: Journal;
  /** The descriptors that the service manager passed, claimed on first access. Throws the errors of `listenFds()`. */
  readonly sockets: ListenFds;
  /**
   * For `start` and `reload`: aborted when the service must stop, and when `startTimeout` has passed. For `stop`:
   * aborted when `stopTimeout` has passed.
   */
  readonly signal: AbortSignal;
  /**
   * Sets the text that `systemctl status` shows. Repeated texts are not sent; of many in quick succession only the
   * last.
   */
  status(text: string): void;
}

/** A service; `T` is the type that `start` returns. */
export interface ServiceDefinition<T> {
  /** Starts everything. When it resolves, the service is ready. */
  start(context: ServiceContext): T | Promise<T>;
  /** `reloadSignal`, `systemctl reload`: applies changes. If it fails, the service continues unchanged. */
  reload?(running: T, context: ServiceContext): void | Promise<void>;
  /** `stopSignals`, `systemctl stop`: ends everything. When it resolves, the process exits, even with open handles. */
  stop?(running: T, context: ServiceContext): void | Promise<void>;
  /** The text that `systemctl status` shows while the service runs. If it throws, the error is only logged. */
  status?(running: T): string;
  /** How often `status` is called, in milliseconds; default 1 000. */
  statusInterval?: number;
  /** The options of `watchdog()`; `false` for no heartbeat. */
  watchdog?: WatchdogOptions | false;
  /** The options of `journal()`. */
  log?: JournalOptions;
  /**
   * How long to extend the service manager's deadline at most while `start` (or `reload`) works, in milliseconds;
   * default 90 000. If it is set, it is also a deadline: `start` fails when it has passed.
   */
  startTimeout?: number;
  /** The same for `stop`. */
  stopTimeout?: number;
  /**
   * Stops the service when no connection has been open for this long, in milliseconds: systemd starts it again for the
   * next one. Works only if the service uses a passed socket, and not in a cluster primary. Default: never.
   */
  idleTimeout?: number;
  /** The signals that stop the service; must include the unit's KillSignal=. Default: SIGTERM and SIGINT. */
  stopSignals?: readonly NodeJS.Signals[];
  /** The signal that reloads it: the unit's ReloadSignal=. Default: SIGHUP. */
  reloadSignal?: NodeJS.Signals;
  /**
   * How long the program's own listeners for `uncaughtException` and `unhandledRejection` may handle an error that ends
   * the service, in milliseconds; default 2 000. Without such listeners the process exits immediately.
   */
  crashTimeout?: number;
  /** Whether the service continues when Node has nothing left to do. Default: false; it then stops, like a job. */
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

/**
 * Validates the definition and returns a copy of its members.
 *
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`; the message names the member.
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
  // Check now, not when the service is ready and its watchdog starts.
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
