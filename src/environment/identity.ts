// The identity of this process in systemd, and whether systemd runs.
import { lstatSync } from 'node:fs';
import { invalidEnvironment, SyscallError } from '../errors.ts';
import { parsePid } from './integer.ts';

/**
 * `$INVOCATION_ID`, 32 hex digits: a new one for each start of the unit, the same in all its processes.
 * `journalctl _SYSTEMD_INVOCATION_ID=` searches for it.
 *
 * @returns undefined off systemd.
 * @example
 * ```ts
 * console.log(`journalctl _SYSTEMD_INVOCATION_ID=${invocationId()}`);
 * ```
 * @throws SystemdError `SD_ERR_INVALID_ENV`.
 * @see systemd.exec(5)
 */
export function invocationId(): string | undefined {
  const id = process.env.INVOCATION_ID;
  if (id === undefined || /^[0-9a-fA-F]{32}$/.test(id)) return id;
  throw invalidEnvironment('INVOCATION_ID', id, 'it must be 32 hex digits');
}

/** Only systemd creates this directory, early during boot. With the trailing slash, like in libsystemd. */
const BOOTED = '/run/systemd/system/';

/**
 * Whether the machine was booted with systemd. This does not mean that systemd started this process: for that, see
 * `isMainProcess`.
 *
 * @example
 * ```ts
 * if (!booted()) console.log('this machine does not run systemd');
 * ```
 * @throws SyscallError if the file system reports an error.
 * @see sd_booted(3)
 */
export function booted(): boolean {
  try {
    return lstatSync(BOOTED, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    const { code = 'EIO', errno = -5, syscall = 'lstat' } = error as NodeJS.ErrnoException; // all that lstat throws
    throw new SyscallError(`cannot look at ${BOOTED}`, { code, errno, syscall, path: BOOTED });
  }
}

/**
 * Whether systemd itself started this process: `$SYSTEMD_EXEC_PID` is its own pid. False before systemd 248, and for a
 * child of the service, for example with `ExecStart=npm start`; systemd does not accept a child's messages by default.
 *
 * @example
 * ```ts
 * if (isMainProcess()) await ready();
 * ```
 * @throws SystemdError `SD_ERR_INVALID_ENV`.
 * @see systemd.exec(5)
 */
export function isMainProcess(): boolean {
  const text = process.env.SYSTEMD_EXEC_PID;
  if (text === undefined) return false;
  const pid = parsePid(text);
  if (typeof pid !== 'number') throw invalidEnvironment('SYSTEMD_EXEC_PID', text, `${pid}; it must be a process id`);
  return pid === process.pid;
}
