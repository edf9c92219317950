// Who this process is to systemd, and whether there is one.
import { lstatSync } from 'node:fs';
import { invalidEnvironment, SyscallError } from '../errors.ts';
import { parsePid } from './integer.ts';

/**
 * `$INVOCATION_ID`, 32 hex digits: one for each start of the unit, the same in all of its processes, and what
 * `journalctl _SYSTEMD_INVOCATION_ID=` finds.
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

/** systemd alone makes this folder, early in the boot. With the slash, as libsystemd tests it. */
const BOOTED = '/run/systemd/system/';

/**
 * Whether the machine was booted with systemd. It does not say that systemd has started this process: for that,
 * see `isMainProcess`.
 *
 * @example
 * ```ts
 * if (!booted()) console.log('this machine does not run systemd');
 * ```
 * @throws SyscallError where the file system does not tell.
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
 * Whether systemd itself has started this process: `$SYSTEMD_EXEC_PID` is its own pid. False for a child of the service,
 * as with `ExecStart=npm start`, whose messages systemd does not accept by default; and before systemd 248.
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
