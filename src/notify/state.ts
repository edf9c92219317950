// NotifyState, and the one table that says what each of its keys becomes. sd_notify(3)
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
import { invalidRange, invalidType, quote } from '../errors.ts';

/** What one call of `notify` tells the service manager; every key is optional. */
export interface NotifyState {
  /** READY=1: start-up is done, or a reload is. */
  ready?: boolean;
  /** RELOADING=1 with MONOTONIC_USEC: a reload begins; `ready` must follow. */
  reloading?: boolean;
  /** STOPPING=1: the service shuts down. Final since systemd 259. */
  stopping?: boolean;
  /** STATUS=: one line for people. Control characters become spaces, what does not fit is cut and ends in `…`. */
  status?: string;
  /** MAINPID=: the process that is the service from now on. */
  mainPid?: number;
  /** ERRNO=: why the service fails, 0…4095 or a name such as `'ENOENT'`. */
  errno?: number | string;
  /** BUSERROR=: a D-Bus error name. */
  busError?: string;
  /** VARLINKERROR=: a Varlink error name. systemd 257 */
  varlinkError?: string;
  /** EXIT_STATUS=: 0…255. Ignored from services; for who manages a container or a virtual machine. */
  exitStatus?: number;
  /** WATCHDOG=1: alive; `'trigger'`: act as if the watchdog had fired. */
  watchdog?: boolean | 'trigger';
  /** WATCHDOG_USEC=: another watchdog timeout until the next start, in milliseconds; 0 switches it off. */
  watchdogTimeout?: number;
  /** EXTEND_TIMEOUT_USEC=: start-up, run time, or stopping may take this much longer from now, in milliseconds. */
  extendTimeout?: number;
  /** NOTIFYACCESS=: who may send, until the next start. systemd 254 */
  notifyAccess?: 'none' | 'main' | 'exec' | 'all';
  /** RESTART_RESET=1: forget the automatic restarts so far. systemd 258 */
  restartReset?: boolean;
  /** FDSTORE=1: keep the descriptors of this message. */
  fdStore?: boolean;
  /** FDSTOREREMOVE=1: drop the stored descriptors that are called `fdName`. */
  fdStoreRemove?: boolean;
  /** FDNAME=: up to 255 printable ASCII characters without `:` and `\`. */
  fdName?: string;
  /** FDPOLL=0 where false: keep the descriptors also when they are hung up. */
  fdPoll?: boolean;
  /** Assignments by their own names: `X_…`, and keys newer than this package. */
  fields?: Readonly<Record<string, string>>;
}

type Encode = (value: unknown, what: string) => string;

/** What may not stand in a value: a control character ends the line, a trailing backslash swallows its end. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const FIELD_NAME = /^[A-Z_][A-Z0-9_]*$/;
const ERRNO_NAME = /^E[A-Z0-9]+$/;
const ERRNO_MAX = 4095;
/** Above this a number of microseconds is no longer exact. */
const MILLISECONDS_MAX = Number.MAX_SAFE_INTEGER / 1000;

const flag =
  (line: string, when = true): Encode =>
  (value, what) =>
    checkBoolean(what, value) === when ? line : '';

const assign =
  (key: string, check: (value: unknown, what: string) => string | number): Encode =>
  (value, what) =>
    `${key}=${check(value, what)}`;

function usec(value: unknown, what: string): number {
  return Math.round(checkNumber(what, value, 0, MILLISECONDS_MAX) * 1000);
}

function positiveUsec(value: unknown, what: string): number {
  const microseconds = usec(value, what);
  if (microseconds === 0) throw invalidRange(`${what} must be at least a microsecond (0.001), not ${quote(value)}`);
  return microseconds;
}

/** A tiny timeout must not turn into 0, which switches the watchdog off. */
function usecOrOff(value: unknown, what: string): number {
  return value === 0 ? 0 : positiveUsec(value, what);
}

function line(value: unknown, what: string): string {
  const text = checkString(what, value);
  if (CONTROL.test(text)) throw invalidType(`${what} must not hold control characters: ${quote(text)}`);
  if (text.endsWith('\\')) throw invalidType(`${what} must not end in a backslash: ${quote(text)}`);
  if (!text.isWellFormed()) throw invalidType(`${what} is not valid Unicode: ${quote(text)}`);
  return text;
}

function asciiLine(value: unknown, what: string): string {
  const text = line(value, what);
  if (!/^[\x20-\x7e]*$/.test(text)) throw invalidType(`${what} must be ASCII: ${quote(text)}`);
  return text;
}

function errno(value: unknown, what: string): string | number {
  if (typeof value !== 'string') return checkInteger(what, value, 0, ERRNO_MAX);
  if (/^\d+$/.test(value)) return checkInteger(what, Number(value), 0, ERRNO_MAX);
  if (!ERRNO_NAME.test(value)) throw invalidType(`${what} must be 0…${ERRNO_MAX} or a name, not ${quote(value)}`);
  return value;
}

/** The name of a descriptor. The manager unescapes backslashes, so a name with one would come back as another. */
export function checkFdName(value: unknown, what: string): string {
  const name = checkString(what, value);
  if (name.length > 255) throw invalidRange(`${what} must be at most 255 characters, not ${name.length}`);
  if (!/^[\x20-\x39\x3b-\x5b\x5d-\x7e]*$/.test(name)) {
    throw invalidType(`${what} must be printable ASCII without ":" and "\\": ${quote(name)}`);
  }
  return name;
}

function watchdog(value: unknown, what: string): string {
  if (value === 'trigger') return 'WATCHDOG=trigger';
  if (typeof value !== 'boolean') throw invalidType(`${what} must be true, false or 'trigger', not ${quote(value)}`);
  return value ? 'WATCHDOG=1' : '';
}

function reloading(value: unknown, what: string): string {
  if (!checkBoolean(what, value)) return '';
  // On Linux hrtime is CLOCK_MONOTONIC, which the manager compares with its own stamp of the reload signal.
  return `RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`;
}

const ACCESS = ['none', 'main', 'exec', 'all'] as const;

/** The line that message.ts completes: how much of the status fits depends on all other lines. */
export const STATUS_LINE = 'STATUS=';

function status(value: unknown, what: string): string {
  checkString(what, value);
  return STATUS_LINE;
}

/** In the order of the lines. */
const ENCODERS = {
  ready: flag('READY=1'),
  reloading,
  stopping: flag('STOPPING=1'),
  status,
  mainPid: assign('MAINPID', (value, what) => checkInteger(what, value, 1, INT32_MAX)),
  errno: assign('ERRNO', errno),
  busError: assign('BUSERROR', asciiLine),
  varlinkError: assign('VARLINKERROR', asciiLine),
  exitStatus: assign('EXIT_STATUS', (value, what) => checkInteger(what, value, 0, 255)),
  watchdog,
  watchdogTimeout: assign('WATCHDOG_USEC', usecOrOff),
  extendTimeout: assign('EXTEND_TIMEOUT_USEC', positiveUsec),
  notifyAccess: assign('NOTIFYACCESS', (value, what) => checkOneOf(what, value, ACCESS)),
  restartReset: flag('RESTART_RESET=1'),
  fdStore: flag('FDSTORE=1'),
  fdStoreRemove: flag('FDSTOREREMOVE=1'),
  fdName: assign('FDNAME', checkFdName),
  fdPoll: flag('FDPOLL=0', false),
  fields: encodeFields,
} as const satisfies Record<keyof NotifyState, Encode>;

/** Written by a key of their own, so that there is one way to do it; BARRIER would swallow the rest of the message. */
const OWN_KEYS: Readonly<Record<string, string>> = {
  READY: 'ready',
  RELOADING: 'reloading',
  MONOTONIC_USEC: 'reloading',
  STOPPING: 'stopping',
  STATUS: 'status',
  MAINPID: 'mainPid',
  ERRNO: 'errno',
  BUSERROR: 'busError',
  VARLINKERROR: 'varlinkError',
  EXIT_STATUS: 'exitStatus',
  WATCHDOG: 'watchdog',
  WATCHDOG_USEC: 'watchdogTimeout',
  EXTEND_TIMEOUT_USEC: 'extendTimeout',
  NOTIFYACCESS: 'notifyAccess',
  RESTART_RESET: 'restartReset',
  FDSTORE: 'fdStore',
  FDSTOREREMOVE: 'fdStoreRemove',
  FDNAME: 'fdName',
  FDPOLL: 'fdPoll',
  BARRIER: 'barrier()',
};

function encodeFields(value: unknown, what: string): string {
  return Object.entries(checkObject(what, value))
    .map(([name, text]: [string, unknown]) => {
      if (!FIELD_NAME.test(name)) throw invalidType(`${what} has a key that is not A–Z, 0–9 and _: ${quote(name)}`);
      if (Object.hasOwn(OWN_KEYS, name)) throw invalidType(`${what} must not hold ${name}: use ${OWN_KEYS[name]}`);
      return `${name}=${line(text, `${what}.${name}`)}`;
    })
    .join('\n');
}

/** Listed once: to list an object takes longer than to send the message. */
const TABLE = Object.entries(ENCODERS).map(([key, encode]) => ({
  key: key as keyof NotifyState, // the table's keys are the state's
  encode,
  what: `notify(): ${key}`,
}));

/** The lines of a state, checked; `STATUS_LINE` stands for its status. */
export function encodeLines(state: NotifyState): string[] {
  checkKeys('notify(): the state', state, ENCODERS);
  const lines: string[] = [];
  for (const { key, encode, what } of TABLE) {
    const value = state[key];
    if (value === undefined) continue;
    const encoded = encode(value, what);
    if (encoded !== '') lines.push(encoded);
  }
  return lines;
}
