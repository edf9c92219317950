// The options of createManager(), and their validation: the message names a misspelled key or a wrong type.
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
import type { Daemon } from './daemon.ts';
import { KILL_MODES, NOTIFY_ACCESSES, RESTARTS, SERVICE_TYPES, type Settings, STORE_PRESERVES } from './settings.ts';
import type { TimelineEvent } from './timeline.ts';

/** The options of the manager: sockets, callbacks, and the settings of a unit file. */
export interface ManagerOptions extends Partial<Omit<Settings, 'start'>> {
  /**
   * Sockets to bind and pass, by name: `8080`, `127.0.0.1:0`, `[::1]:8080`, `/run/app.sock`, `@abstract`, and the same
   * with the prefix `udp:` for a datagram socket. An array means several sockets of one name.
   */
  readonly listen?: Readonly<Record<string, string | readonly string[]>>;
  /** SocketMode=: the mode of unix sockets; default 0o666. */
  readonly socketMode?: number;
  /** DirectoryMode=: the mode of the folders created for unix sockets; default 0o755. */
  readonly directoryMode?: number;
  /** Called for every event, when it happens. */
  readonly onEvent?: (event: TimelineEvent) => void;
  /** Called when the state of the service, or its own information about itself, has changed. */
  readonly onChange?: (daemon: Daemon) => void;
}

/** The options for starting a service. */
export interface StartOptions {
  /** Default: that of this process. */
  readonly cwd?: string;
  /** Default `process.env`; variables that another manager set for this process are removed. */
  readonly env?: NodeJS.ProcessEnv;
}

type Validate = (what: string, value: unknown) => unknown;

const TIME: Validate = (what, value) => checkNumber(what, value, 0, Number.POSITIVE_INFINITY);
const SIGNAL: Validate = (what, value) => {
  if (!/^SIG[A-Z0-9]+$/.test(checkString(what, value)))
    throw invalidType(`${what} must be a signal, not ${quote(value)}`);
};
const MODE: Validate = (what, value) => checkInteger(what, value, 0, 0o7777);
const STATUSES: Validate = (what, value) => {
  if (!Array.isArray(value))
    throw invalidType(`${what} must be an array of exit codes and signals, not ${quote(value)}`);
  for (const status of value as unknown[]) {
    if (typeof status === 'string') SIGNAL(what, status);
    else checkInteger(what, status, 0, 255);
  }
};
const FUNCTION: Validate = (what, value) => {
  if (typeof value !== 'function') throw invalidType(`${what} must be a function, not ${quote(value)}`);
};
const COMMANDS: Validate = (what, value) => {
  if (!Array.isArray(value)) throw invalidType(`${what} must be an array of commands, not ${quote(value)}`);
  for (const command of value) {
    checkKeys(`${what}: a command`, command, { argv: true, mayFail: true, variables: true });
    checkArgv(what, (command as { argv?: unknown }).argv); // its keys were just looked at
  }
};

function one(allowed: readonly string[]): Validate {
  return (what, value) => checkOneOf(what, value, allowed);
}

const CHECKS: Readonly<Record<keyof ManagerOptions, Validate>> = {
  listen: checkListen,
  socketMode: MODE,
  directoryMode: MODE,
  onEvent: FUNCTION,
  onChange: FUNCTION,
  type: one(SERVICE_TYPES),
  notifyAccess: one(NOTIFY_ACCESSES),
  startPre: COMMANDS,
  startPost: COMMANDS,
  reload: COMMANDS,
  stop: COMMANDS,
  stopPost: COMMANDS,
  watchdog: TIME,
  startTimeout: TIME,
  stopTimeout: TIME,
  abortTimeout: TIME,
  runtimeMax: TIME,
  successExitStatus: STATUSES,
  restartPreventExitStatus: STATUSES,
  restartForceExitStatus: STATUSES,
  restart: one(RESTARTS),
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
  fdStorePreserve: one(STORE_PRESERVES),
  killMode: one(KILL_MODES),
  killSignal: SIGNAL,
  reloadSignal: SIGNAL,
  watchdogSignal: SIGNAL,
};

function checkListen(what: string, value: unknown): void {
  for (const [name, where] of Object.entries(checkObject(what, value))) {
    checkFdName(what, name);
    const addresses: readonly unknown[] = Array.isArray(where) ? where : [where];
    if (addresses.length === 0) throw invalidType(`${what}.${name} must not be an empty array`);
    for (const address of addresses) checkString(`${what}.${name}`, address);
  }
}

/**
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`; the message names the key. An undefined key counts as omitted.
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

/** execve(2) does not support NUL characters. */
function checkArgv(what: string, argv: unknown): void {
  if (!Array.isArray(argv) || argv.length === 0) throw invalidType(`${what} must be an array of strings, not empty`);
  for (const argument of argv) {
    if (checkString(what, argument).includes('\0')) throw invalidType(`${what} must not hold a NUL character`);
  }
}
