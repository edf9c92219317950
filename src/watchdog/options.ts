// The public types of watchdog(), and the validation of its options.
import { checkBoolean, checkNumber, checkObject, checkOneOf, ownOptions, readable } from '../arguments.ts';
import { invalidType, quote } from '../errors.ts';
import type { Journal } from '../journal/logger.ts';
import { attempt } from '../journal/unreadable.ts';
import { TIMER_MAX } from '../timer.ts';
import { type CheckFunction, Checks } from './checks.ts';

/** The options of watchdog(). */
export interface WatchdogOptions {
  /**
   * The dependencies of the service, by readable names. All checks run in parallel before each ping. A check is
   * unhealthy if it throws, rejects, resolves `false`, or exceeds `checkTimeout`; its signal is then aborted. A check
   * that has not settled is not started again.
   */
  checks?: Readonly<Record<string, CheckFunction>>;
  /**
   * How long a check may take, in milliseconds; default: half of the time until the manager's deadline. With a long
   * limit the checks start earlier, so that the ping is still in time. A limit that leaves less than the last eighth of
   * the timeout (at most a second) is reduced, so that the reason is reported before the deadline.
   */
  checkTimeout?: number;
  /**
   * The reaction to an unhealthy check: `'withhold'` (the default) sends no ping until it is healthy, so the manager
   * ends the service at its deadline; `'trigger'` makes the manager end it at once.
   */
  onUnhealthy?: 'withhold' | 'trigger';
  /**
   * Whether to diagnose an event loop that has been blocked for half of the timeout: the stack is written to the
   * journal and to STATUS before the manager ends the service. Needs a worker thread, which the call starts; default
   * false.
   */
  diagnose?: boolean;
  /** The log for findings, and for the reason of a trigger. Without one, they are only in STATUS. */
  log?: Journal;
}

/** The running heartbeat; `using` stops it. */
export interface Watchdog extends Disposable {
  /** `$WATCHDOG_USEC` is set and meant for this process, and this is its main thread. */
  readonly enabled: boolean;
  /** How long the manager waits for a ping, in milliseconds; 0 without a watchdog. */
  readonly timeout: number;
  /** How often a ping is sent, in milliseconds: half of the timeout. */
  readonly interval: number;
  /**
   * WATCHDOG_USEC=: sets another timeout, in milliseconds, until the next start; the ping interval changes too. 0
   * disables the watchdog. Also works for a unit without `WatchdogSec=`.
   * @returns `false`: `$NOTIFY_SOCKET` is not set.
   * @throws (rejects) SystemdError `SD_ERR_STATE` while another heartbeat runs.
   */
  setTimeout(ms: number): Promise<boolean>;
  /**
   * WATCHDOG=trigger: the manager reacts at once as if the watchdog had expired. `reason` is in STATUS and in the log.
   * @returns `false`: `$NOTIFY_SOCKET` is not set.
   */
  trigger(reason: string): Promise<boolean>;
  /** Stops sending pings. systemd still waits for them, unless `setTimeout(0)` has disabled the watchdog before. */
  stop(): void;
}

/** The methods of a journal that the watchdog uses. */
export type WatchdogLog = Pick<Journal, 'connected' | 'critical' | 'error' | 'warning' | 'notice'>;

export interface CheckedWatchdogOptions {
  readonly checks: Checks | undefined;
  readonly checkTimeout: number | undefined;
  readonly onUnhealthy: 'withhold' | 'trigger';
  readonly diagnose: boolean;
  readonly log: WatchdogLog | undefined;
}

const KNOWN_KEYS: Readonly<Record<keyof WatchdogOptions, true>> = {
  checks: true,
  checkTimeout: true,
  onUnhealthy: true,
  diagnose: true,
  log: true,
};

/** @throws TypeError or RangeError `SD_ERR_INVALID_ARG`; the message names the option. */
export function checkOptions(options: WatchdogOptions): CheckedWatchdogOptions {
  const own = ownOptions('watchdog(): the options', options, KNOWN_KEYS);
  const { checks, checkTimeout, onUnhealthy = 'withhold', diagnose = false, log } = own;
  if (checkTimeout !== undefined) checkNumber('watchdog(): checkTimeout', checkTimeout, 1, TIMER_MAX);
  return {
    checks: checks === undefined ? undefined : readChecks(checks),
    checkTimeout,
    onUnhealthy: checkOneOf('watchdog(): onUnhealthy', onUnhealthy, ['withhold', 'trigger']),
    diagnose: checkBoolean('watchdog(): diagnose', diagnose),
    log: log === undefined ? undefined : guard(log),
  };
}

/** Wraps the log, because no caller could catch an exception in the background: it must not end the service. */
function guard(log: Journal): WatchdogLog {
  checkObject('watchdog(): log', log);
  if (typeof log.error !== 'function') throw invalidType('watchdog(): log must be a journal(), but it has no error()');
  const say = (level: 'critical' | 'error' | 'warning' | 'notice'): Journal['error'] => {
    // Another kind of log, such as console, may lack a level.
    return (...values: readonly unknown[]) => {
      const entry = values as Parameters<Journal['error']>; // as the call that is passed on
      void attempt(() => (typeof log[level] === 'function' ? log[level](...entry) : log.error(...entry)));
    };
  };
  return {
    critical: say('critical'),
    error: say('error'),
    warning: say('warning'),
    notice: say('notice'),
    get connected() {
      return log.connected;
    },
  };
}

function readChecks(checks: Readonly<Record<string, CheckFunction>>): Checks | undefined {
  checkObject('watchdog(): checks', checks);
  const entries = readable('watchdog(): checks', () => Object.entries(checks));
  for (const [name, check] of entries) {
    if (typeof check !== 'function') {
      throw invalidType(`watchdog(): checks[${quote(name)}] must be a function, not ${quote(check)}`);
    }
  }
  return entries.length === 0 ? undefined : new Checks(checks);
}
