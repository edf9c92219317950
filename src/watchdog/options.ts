// WatchdogOptions, checked.
import { checkBoolean, checkNumber, checkObject, checkOneOf, ownOptions, readable } from '../arguments.ts';
import { invalidType, quote } from '../errors.ts';
import type { Journal } from '../journal/logger.ts';
import { attempt } from '../journal/unreadable.ts';
import { type CheckFunction, Checks } from './checks.ts';

/** What a watchdog may be told. */
export interface WatchdogOptions {
  /**
   * What the service depends on, by names for people. All are run before each ping, at once; a check is healthy unless it
   * throws, rejects, resolves `false`, or outlasts `checkTimeout`, when its signal is aborted. One that has not settled
   * is not started again.
   */
  checks?: Readonly<Record<string, CheckFunction>>;
  /**
   * How long a check may take, in milliseconds; default: half of what is left until the manager's deadline. For a long one
   * the checks begin earlier, so that the ping still comes in time; one that takes all of the timeout but its last eighth,
   * or but its last second where that is less, is cut to that, so that the reason is told before the end.
   */
  checkTimeout?: number;
  /**
   * What an unhealthy check does: `'withhold'` (the default) sends no ping until it is healthy, so that the manager ends
   * the service at its deadline; `'trigger'` has it ended at once.
   */
  onUnhealthy?: 'withhold' | 'trigger';
  /**
   * Whether to find out what blocks the event loop, when it has not turned for half of the timeout: the stack is written
   * to the journal and to STATUS before the manager ends the service. Costs a worker thread, which is started in the call;
   * default false.
   */
  diagnose?: boolean;
  /** Where it says what it finds, and why it was triggered. Without one, STATUS alone says so. */
  log?: Journal;
}

/** What the watchdog needs of a journal. */
export type WatchdogLog = Pick<Journal, 'connected' | 'critical' | 'error' | 'warning' | 'notice'>;

export interface CheckedOptions {
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
/** Above this a timer of Node fires at once. */
export const TIMER_MAX = 2_147_483_647;

/** @throws TypeError or RangeError `SD_ERR_INVALID_ARG`, naming the option. */
export function checkOptions(options: WatchdogOptions): CheckedOptions {
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

/** What is said in the background, where nobody could catch an exception: a log that throws must not end the service. */
function guard(log: Journal): WatchdogLog {
  checkObject('watchdog(): log', log);
  if (typeof log.error !== 'function') throw invalidType('watchdog(): log must be a journal(), but it has no error()');
  const say = (level: 'critical' | 'error' | 'warning' | 'notice'): Journal['error'] => {
    // A stranger's, such as console, may lack a level.
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
