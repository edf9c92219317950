// Validates the options of a message. Pure.
import { checkInteger, checkTimeout, INT32_MAX, ownOptions } from '../arguments.ts';
import { invalidRange, invalidType, isList, quote } from '../errors.ts';
import type { NotifyMessage } from './delivery.ts';

/** How a notification is sent. */
export interface NotifyOptions {
  /** Descriptors to send, at most 253; the caller still owns them. The manager keeps its copies only with `fdStore`. */
  fds?: readonly number[];
  /** Send in the name of this process. Without the privilege the message is sent as our own. */
  pid?: number;
  /** How long to wait while the manager's queue is full, in milliseconds; default 10 000. */
  timeout?: number;
}

/** SCM_MAX_FD of the kernel. */
const FDS_MAX = 253;
const TIMEOUT_MS = 10_000;
const KNOWN_KEYS: Readonly<Record<keyof NotifyOptions, true>> = { fds: true, pid: true, timeout: true };

/** @throws TypeError or RangeError `SD_ERR_INVALID_ARG`; the message names the option. */
export function makeMessage(payload: string, options: NotifyOptions | undefined): NotifyMessage {
  if (options === undefined) return { payload, fds: undefined, pid: 0, timeout: TIMEOUT_MS };
  const { fds, pid, timeout } = ownOptions('notify(): the options', options, KNOWN_KEYS);
  return {
    payload,
    fds: fds === undefined ? undefined : readDescriptors(fds),
    pid: pid === undefined ? 0 : readPid(pid),
    timeout: checkTimeout('notify(): timeout', timeout, TIMEOUT_MS),
  };
}

function readDescriptors(fds: unknown): Int32Array | undefined {
  if (!isList(fds)) throw invalidType(`notify(): fds must be an array, not ${quote(fds)}`);
  if (fds.length > FDS_MAX)
    throw invalidRange(`notify(): fds must be at most ${FDS_MAX} descriptors, not ${fds.length}`);
  if (fds.length === 0) return undefined;
  return Int32Array.from(fds, (fd: unknown, index) => checkInteger(`notify(): fds[${index}]`, fd, 0, INT32_MAX));
}

function readPid(pid: unknown): number {
  const checked = checkInteger('notify(): pid', pid, 1, INT32_MAX);
  return checked === process.pid ? 0 : checked;
}
