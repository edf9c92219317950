// Checks of what callers pass to createManager(): a misspelled key or a wrong type is told by its name.
import {
  checkBoolean,
  checkInteger,
  checkKeys,
  checkNumber,
  checkObject,
  checkOneOf,
  checkString,
  INT32_MAX,
} from '../arguments.ts';
import { invalidType, quote } from '../errors.ts';
import { checkFdName } from '../notify/state.ts';
import type { ManagerOptions, StartOptions } from './manager.ts';

type Check = (what: string, value: unknown) => unknown;

const TIME: Check = (what, value) => checkNumber(what, value, 0, Number.POSITIVE_INFINITY);
const SIGNAL: Check = (what, value) => {
  if (!/^SIG[A-Z0-9]+$/.test(checkString(what, value)))
    throw invalidType(`${what} must be a signal, not ${quote(value)}`);
};
const FUNCTION: Check = (what, value) => {
  if (typeof value !== 'function') throw invalidType(`${what} must be a function, not ${quote(value)}`);
};
const COMMANDS: Check = (what, value) => {
  if (!Array.isArray(value)) throw invalidType(`${what} must be an array of commands, not ${quote(value)}`);
  for (const command of value) {
    checkKeys(`${what}: a command`, command, { argv: true, mayFail: true });
    checkArgv(what, (command as { argv?: unknown }).argv); // its keys were just looked at
  }
};

function one(...allowed: string[]): Check {
  return (what, value) => checkOneOf(what, value, allowed);
}

const CHECKS: Readonly<Record<keyof ManagerOptions, Check>> = {
  listen: checkListen,
  onEvent: FUNCTION,
  onChange: FUNCTION,
  type: one('simple', 'exec', 'notify', 'notify-reload', 'oneshot'),
  notifyAccess: one('none', 'main', 'exec', 'all'),
  startPre: COMMANDS,
  startPost: COMMANDS,
  reload: COMMANDS,
  stop: COMMANDS,
  stopPost: COMMANDS,
  watchdog: TIME,
  startTimeout: TIME,
  stopTimeout: TIME,
  abortTimeout: TIME,
  restart: one('no', 'on-success', 'on-failure', 'on-abnormal', 'on-watchdog', 'on-abort', 'always'),
  restartDelay: TIME,
  startLimit: (what, value) => {
    checkKeys(what, value, { burst: true, interval: true });
    const { burst, interval } = value as { burst?: unknown; interval?: unknown }; // just looked at
    checkInteger(`${what}.burst`, burst, 0, INT32_MAX);
    checkNumber(`${what}.interval`, interval, 0, Number.POSITIVE_INFINITY);
  },
  remainAfterExit: checkBoolean,
  nonBlocking: checkBoolean,
  fdStore: (what, value) => checkInteger(what, value, 0, INT32_MAX),
  fdStorePreserve: one('no', 'restart', 'yes'),
  killMode: one('control-group', 'mixed', 'process', 'none'),
  killSignal: SIGNAL,
  reloadSignal: SIGNAL,
  watchdogSignal: SIGNAL,
};

function checkListen(what: string, value: unknown): void {
  for (const [name, where] of Object.entries(checkObject(what, value))) {
    checkFdName(what, name);
    checkString(`${what}.${name}`, where);
  }
}

/**
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`, with the key. A key that is undefined counts as left out.
 */
export function checkManagerOptions(options: ManagerOptions): ManagerOptions {
  checkKeys('createManager(): options', options, CHECKS);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [key, value] of given) CHECKS[key as keyof ManagerOptions](`createManager(): ${key}`, value); // all known
  return Object.fromEntries(given);
}

export function checkStart(command: unknown, args: unknown, options: StartOptions): void {
  checkArgv('start(): the command', [checkString('start(): the command', command)]);
  if (!Array.isArray(args)) throw invalidType(`start(): the arguments must be an array, not ${quote(args)}`);
  checkArgv('start(): the arguments', ['', ...args]);
  checkKeys('start(): options', options, { cwd: true, env: true });
}

/** execve(2) knows no NUL character. */
function checkArgv(what: string, argv: unknown): void {
  if (!Array.isArray(argv) || argv.length === 0) throw invalidType(`${what} must be an array of strings, not empty`);
  for (const argument of argv) {
    if (checkString(what, argument).includes('\0')) throw invalidType(`${what} must not hold a NUL character`);
  }
}
