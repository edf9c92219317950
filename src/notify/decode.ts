// Parses a datagram like a service manager, the counterpart of message.ts: sd_notify(3). Pure.
import { constants } from 'node:os';
import { parseInteger, parsePid, UINT64_MAX } from '../environment/integer.ts';

/** NotifyAccess= in systemd.service(5): which processes may send messages. */
export type NotifyAccess = 'none' | 'main' | 'exec' | 'all';

/** One message of a service. Times are milliseconds, except in members with Usec in their name. */
export interface Notification {
  /** Every line that the manager sees, unescaped. */
  readonly lines: readonly string[];
  readonly ready: boolean;
  readonly reloading: boolean;
  readonly stopping: boolean;
  /** `trigger` asks the manager to act as if the watchdog had expired. */
  readonly watchdog: 'ping' | 'trigger' | undefined;
  /** A new timeout; 0 disables the watchdog. */
  readonly watchdogTimeout: number | undefined;
  readonly status: string | undefined;
  /** When a reload started, on CLOCK_MONOTONIC. Not a bigint, because JSON does not support it. */
  readonly monotonicUsec: number | undefined;
  /** The sender waits until everything before it was read: the manager then closes the passed descriptor. */
  readonly barrier: boolean;
  readonly mainPid: number | undefined;
  /** The new main process is given as a passed pidfd. */
  readonly mainPidFd: boolean;
  /** `invalid` clears the value of an earlier message. */
  readonly notifyAccess: NotifyAccess | 'invalid' | undefined;
  readonly errno: number | undefined;
  readonly busError: string | undefined;
  readonly varlinkError: string | undefined;
  readonly extendTimeout: number | undefined;
  readonly restartReset: boolean;
  readonly fdStore: boolean;
  readonly fdStoreRemove: boolean;
  /** Undefined also for an invalid name. */
  readonly fdName: string | undefined;
  /** False if the manager must keep a descriptor after a hang-up. */
  readonly fdPoll: boolean;
}

/** Undefined for a message that the manager drops completely. */
export function parseNotification(datagram: Uint8Array): Notification | undefined {
  const lines = readLines(datagram);
  if (lines === undefined) return undefined;
  const has = (line: string): boolean => lines.includes(line);
  return {
    lines: lines.map((line) => Buffer.from(line, 'latin1').toString()),
    ready: has('READY=1'),
    reloading: has('RELOADING=1'),
    stopping: has('STOPPING=1'),
    watchdog: watchdog(assigned(lines, 'WATCHDOG')),
    watchdogTimeout: watchdogTimeout(unsigned(lines, 'WATCHDOG_USEC')),
    status: status(assigned(lines, 'STATUS')),
    monotonicUsec: toNumber(unsigned(lines, 'MONOTONIC_USEC')),
    barrier: has('BARRIER=1'),
    mainPid: mainPid(assigned(lines, 'MAINPID')),
    mainPidFd: has('MAINPIDFD=1'),
    notifyAccess: notifyAccess(assigned(lines, 'NOTIFYACCESS')),
    errno: errno(assigned(lines, 'ERRNO')),
    busError: errorName(assigned(lines, 'BUSERROR')),
    varlinkError: errorName(assigned(lines, 'VARLINKERROR')),
    extendTimeout: extension(unsigned(lines, 'EXTEND_TIMEOUT_USEC')),
    restartReset: has('RESTART_RESET=1'),
    fdStore: has('FDSTORE=1'),
    fdStoreRemove: has('FDSTOREREMOVE=1'),
    fdName: fdName(assigned(lines, 'FDNAME')),
    fdPoll: !has('FDPOLL=0'),
  };
}

function watchdog(value: string | undefined): 'ping' | 'trigger' | undefined {
  if (value === '1') return 'ping';
  return value === 'trigger' ? 'trigger' : undefined;
}

function watchdogTimeout(usec: bigint | undefined): number | undefined {
  if (usec === undefined) return undefined;
  return usec === UINT64_MAX ? 0 : Number(usec) / 1000;
}

function toNumber(usec: bigint | undefined): number | undefined {
  return usec === undefined ? undefined : Number(usec);
}

/** 0 and infinity are ignored. */
function extension(usec: bigint | undefined): number | undefined {
  return usec === undefined || usec === 0n || usec === UINT64_MAX ? undefined : Number(usec) / 1000;
}

/** A status that is not UTF-8 clears the previous one. */
function status(value: string | undefined): string | undefined {
  return value === undefined ? undefined : (utf8(value) ?? '');
}

function mainPid(value: string | undefined): number | undefined {
  const pid = value === undefined ? undefined : parsePid(value);
  return typeof pid === 'number' ? pid : undefined;
}

function notifyAccess(value: string | undefined): NotifyAccess | 'invalid' | undefined {
  if (value === undefined) return undefined;
  return value === 'none' || value === 'main' || value === 'exec' || value === 'all' ? value : 'invalid';
}

const ERRNO_MAX = 4095n;

/** A name or a number. */
function errno(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const named = (constants.errno as Readonly<Record<string, number>>)[value];
  if (named !== undefined) return named;
  const number = parseInteger(value, 0n, ERRNO_MAX);
  return typeof number === 'bigint' ? Number(number) : undefined;
}

/** ASCII without control characters; an empty name clears the previous one. */
function errorName(value: string | undefined): string | undefined {
  return value !== undefined && /^[\x20-\x7e]*$/.test(value) ? value : undefined;
}

function fdName(value: string | undefined): string | undefined {
  return value !== undefined && /^[\x20-\x39\x3b-\x7e]{0,255}$/.test(value) ? value : undefined;
}

/** The size of the manager's buffer; it drops a longer datagram. */
export const MESSAGE_MAX = 4096;

/**
 * The lines of a datagram, unescaped; undefined if the manager drops it completely. Decodes bytes as latin1 characters,
 * because only STATUS must be UTF-8, and an invalid line must not affect the others.
 */
function readLines(datagram: Uint8Array): string[] | undefined {
  if (datagram.length > MESSAGE_MAX) return undefined;
  const text = Buffer.from(datagram).toString('latin1');
  const payload = text.endsWith('\0') ? text.slice(0, -1) : text;
  return payload.includes('\0') ? undefined : splitLines(payload);
}

/**
 * A backslash makes the next character literal, even a line break; a backslash at the end makes the message invalid.
 */
export function splitLines(payload: string): string[] | undefined {
  const lines: string[] = [];
  let line = '';
  for (let index = 0; index < payload.length; index += 1) {
    const character = payload[index];
    if (character === '\\') {
      index += 1;
      if (index === payload.length) return undefined;
      line += payload[index];
    } else if (character === '\n' || character === '\r') {
      if (line !== '') lines.push(line);
      line = '';
    } else line += character;
  }
  return line === '' ? lines : [...lines, line];
}

/** The first assignment wins. */
function assigned(lines: readonly string[], key: string): string | undefined {
  return lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1);
}

function unsigned(lines: readonly string[], key: string): bigint | undefined {
  const value = parseInteger(assigned(lines, key) ?? '', 0n, UINT64_MAX);
  return typeof value === 'bigint' ? value : undefined;
}

/** Converts latin1 characters to UTF-8 text; undefined if the bytes are not UTF-8. */
function utf8(value: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return undefined;
  }
}
