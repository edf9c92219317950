// NotifyState, and the one table that maps its keys to assignments. sd_notify(3). Pure.
import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkObject,
  checkOneOf,
  checkString,
  INT32_MAX,
  keysOf,
  memberOf,
  readable,
} from '../arguments.ts';
import { invalidRange, invalidType, quote } from '../errors.ts';

/** The content of one `notify` call; every key is optional. */
export interface NotifyState {
  /** READY=1: start-up or a reload is complete. */
  ready?: boolean;
  /** RELOADING=1 with MONOTONIC_USEC: a reload starts; `ready` must follow. */
  reloading?: boolean;
  /** STOPPING=1: the service is shutting down. Final since systemd 259. */
  stopping?: boolean;
  /** STATUS=: one line for people. Control characters become spaces; a long text is cut and ends in `…`. */
  status?: string;
  /** MAINPID=: the new main process of the service. */
  mainPid?: number;
  /** ERRNO=: why the service fails, 0…4095 or a name such as `'ENOENT'`. */
  errno?: number | string;
  /** BUSERROR=: a D-Bus error name. */
  busError?: string;
  /** VARLINKERROR=: a Varlink error name. systemd 257 */
  varlinkError?: string;
  /** EXIT_STATUS=: 0…255. Ignored from services; for managers of containers and virtual machines. */
  exitStatus?: number;
  /** WATCHDOG=1: a watchdog ping; `'trigger'`: act as if the watchdog had expired. */
  watchdog?: boolean | 'trigger';
  /** WATCHDOG_USEC=: another watchdog timeout until the next start, in milliseconds; 0 disables it. */
  watchdogTimeout?: number;
  /** EXTEND_TIMEOUT_USEC=: start-up, run time, or stopping may take this much longer from now, in milliseconds. */
  extendTimeout?: number;
  /** NOTIFYACCESS=: which processes may send, until the next start. systemd 254 */
  notifyAccess?: 'none' | 'main' | 'exec' | 'all';
  /** RESTART_RESET=1: reset the counter of automatic restarts. systemd 258 */
  restartReset?: boolean;
  /** FDSTORE=1: store the descriptors of this message. */
  fdStore?: boolean;
  /** FDSTOREREMOVE=1: remove the stored descriptors with the name `fdName`. */
  fdStoreRemove?: boolean;
  /** FDNAME=: up to 255 printable ASCII characters without `:` and `\`. */
  fdName?: string;
  /** FDPOLL=0 if false: keep the descriptors even after a hang-up. */
  fdPoll?: boolean;
  /** Other assignments by name: `X_…`, and keys that are newer than this package. */
  fields?: Readonly<Record<string, string>>;
}

/** Returns the text after `NAME=`, or undefined if the value needs no line. */
type Encode = (what: string, value: unknown) => string | number | undefined;

/** A control character would end the line, and a trailing backslash would escape the line break. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const FIELD_NAME = /^[A-Z_][A-Z0-9_]*$/;
const ERRNO_NAME = /^E[A-Z0-9]+$/;
const ERRNO_MAX = 4095;
/** Above this a number of microseconds is not exact. */
const MILLISECONDS_MAX = Number.MAX_SAFE_INTEGER / 1000;
const ACCESS = ['none', 'main', 'exec', 'all'] as const;

function flag(what: string, value: unknown): 1 | undefined {
  return checkBoolean(what, value) ? 1 : undefined;
}

function unsetFlag(what: string, value: unknown): 0 | undefined {
  return checkBoolean(what, value) ? undefined : 0;
}

function integer(min: number, max: number): Encode {
  return (what, value) => checkInteger(what, value, min, max);
}

function usec(what: string, value: unknown): number {
  const microseconds = Math.round(checkNumber(what, value, 0, MILLISECONDS_MAX) * 1000);
  if (microseconds === 0) throw invalidRange(`${what} must be at least a microsecond (0.001), not ${quote(value)}`);
  return microseconds;
}

/** A tiny timeout must not be rounded to 0, which disables the watchdog. */
function usecOrOff(what: string, value: unknown): number {
  return value === 0 ? 0 : usec(what, value);
}

function line(what: string, value: unknown): string {
  const text = checkString(what, value);
  if (CONTROL.test(text)) throw invalidType(`${what} must not hold control characters: ${quote(text)}`);
  if (text.endsWith('\\')) throw invalidType(`${what} must not end in a backslash: ${quote(text)}`);
  if (!text.isWellFormed()) throw invalidType(`${what} is not valid Unicode: ${quote(text)}`);
  return text;
}

function asciiLine(what: string, value: unknown): string {
  const text = line(what, value);
  if (!/^[\x20-\x7e]*$/.test(text)) throw invalidType(`${what} must be ASCII: ${quote(text)}`);
  return text;
}

function errno(what: string, value: unknown): string | number {
  if (typeof value !== 'string') return checkInteger(what, value, 0, ERRNO_MAX);
  if (/^\d+$/.test(value)) return checkInteger(what, Number(value), 0, ERRNO_MAX);
  if (!ERRNO_NAME.test(value)) throw invalidType(`${what} must be 0…${ERRNO_MAX} or a name, not ${quote(value)}`);
  return value;
}

/**
 * The name of a descriptor. Must not contain backslashes: the manager unescapes them, and would return another name.
 */
export function checkFdName(what: string, value: unknown): string {
  const name = checkString(what, value);
  if (name.length > 255) throw invalidRange(`${what} must be at most 255 characters, not ${name.length}`);
  if (!/^[\x20-\x39\x3b-\x5b\x5d-\x7e]*$/.test(name)) {
    throw invalidType(`${what} must be printable ASCII without ":" and "\\": ${quote(name)}`);
  }
  return name;
}

function watchdog(what: string, value: unknown): 1 | 'trigger' | undefined {
  if (value === 'trigger') return value;
  if (typeof value !== 'boolean') throw invalidType(`${what} must be true, false or 'trigger', not ${quote(value)}`);
  return value ? 1 : undefined;
}

function reloading(what: string, value: unknown): string | undefined {
  if (!checkBoolean(what, value)) return undefined;
  // On Linux hrtime is CLOCK_MONOTONIC, which the manager compares with the time of its reload signal.
  return `1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`;
}

/** The keys that become one assignment each: its name, and the encoder of the value. */
const ASSIGNMENTS: Readonly<Record<Exclude<keyof NotifyState, 'status' | 'fields'>, readonly [string, Encode]>> = {
  ready: ['READY', flag],
  reloading: ['RELOADING', reloading],
  stopping: ['STOPPING', flag],
  mainPid: ['MAINPID', integer(1, INT32_MAX)],
  errno: ['ERRNO', errno],
  busError: ['BUSERROR', asciiLine],
  varlinkError: ['VARLINKERROR', asciiLine],
  exitStatus: ['EXIT_STATUS', integer(0, 255)],
  watchdog: ['WATCHDOG', watchdog],
  watchdogTimeout: ['WATCHDOG_USEC', usecOrOff],
  extendTimeout: ['EXTEND_TIMEOUT_USEC', usec],
  notifyAccess: ['NOTIFYACCESS', (what, value) => checkOneOf(what, value, ACCESS)],
  restartReset: ['RESTART_RESET', flag],
  fdStore: ['FDSTORE', flag],
  fdStoreRemove: ['FDSTOREREMOVE', flag],
  fdName: ['FDNAME', checkFdName],
  fdPoll: ['FDPOLL', unsetFlag],
};

interface KeyEncoder {
  /** The key, for error messages. */
  readonly what: string;
  readonly name: string;
  readonly encode: Encode;
}

/** Without a prototype, so that a key such as `constructor` is unknown. */
const TABLE: Record<string, KeyEncoder | undefined> = Object.create(null);
/** Names that `fields` must not contain, with the key to use instead. BARRIER would end the message. */
const WRITERS = new Map([
  ['STATUS', 'status'],
  ['MONOTONIC_USEC', 'reloading'],
  ['BARRIER', 'barrier()'],
]);
for (const [key, [name, encode]] of Object.entries(ASSIGNMENTS)) {
  TABLE[key] = { what: `notify(): ${key}`, name, encode };
  WRITERS.set(name, key);
}

function encodeFields(value: unknown): string {
  const what = 'notify(): fields';
  let lines = '';
  const given = checkObject(what, value);
  for (const [name, text] of readable(what, () => Object.entries(given))) {
    if (!FIELD_NAME.test(name)) throw invalidType(`${what} has a key that is not A–Z, 0–9 and _: ${quote(name)}`);
    const writer = WRITERS.get(name);
    if (writer !== undefined) throw invalidType(`${what} must not hold ${name}: use ${writer}`);
    lines += `${name}=${line(`${what}.${name}`, text)}\n`;
  }
  return lines;
}

/** An encoded state: its status, and all other keys as lines in the order of the keys. */
export interface EncodedState {
  /** Each line ends in a line feed. */
  readonly lines: string;
  /** Not encoded yet, because the other lines determine how much of it fits. */
  readonly status: string | undefined;
}

/** Reads each value once, so that the validated value is the one that is sent. Reads only own keys. */
export function encodeState(state: NotifyState): EncodedState {
  const own = checkObject('notify(): the state', state) as Readonly<Record<string, unknown>>; // each value is checked
  let lines = '';
  let status: string | undefined;
  for (const key of keysOf('notify(): the state', own)) {
    const value = memberOf('notify(): the state', own, key);
    const assignment = TABLE[key];
    if (assignment !== undefined) {
      const text = value === undefined ? undefined : assignment.encode(assignment.what, value);
      if (text !== undefined) lines += `${assignment.name}=${text}\n`;
    } else if (key === 'status') {
      status = value === undefined ? undefined : checkString('notify(): status', value);
    } else if (key !== 'fields') {
      throw invalidType(`notify(): the state cannot have a key ${quote(key)}`);
    } else if (value !== undefined) {
      lines += encodeFields(value);
    }
  }
  return { lines, status };
}
