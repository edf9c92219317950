// Parses $WATCHDOG_USEC and $WATCHDOG_PID, with the rules and order of sd_watchdog_enabled(3).
import { invalidEnvironment } from '../errors.ts';
import { parseInteger, parsePid, UINT64_MAX } from './integer.ts';

/**
 * The watchdog timeout in microseconds; undefined without a watchdog, or if it is for another process.
 * @throws SystemdError `SD_ERR_INVALID_ENV`.
 */
export function readWatchdog(env: NodeJS.ProcessEnv, pid: number): bigint | undefined {
  const { WATCHDOG_USEC: usecText, WATCHDOG_PID: pidText } = env;
  if (usecText === undefined) return undefined;
  const usec = parseInteger(usecText, 0n, UINT64_MAX);
  if (typeof usec !== 'bigint') throw invalidEnvironment('WATCHDOG_USEC', usecText, usec);
  // Before the pid: systemd reports an invalid timeout even if it is for another process.
  if (usec === 0n) throw invalidEnvironment('WATCHDOG_USEC', usecText, 'no time to live within');
  // systemd 252 sets this number for WatchdogSec=infinity; later versions omit the variable.
  if (usec === UINT64_MAX) return undefined;
  if (pidText === undefined) return usec;
  const owner = parsePid(pidText);
  if (typeof owner !== 'number') throw invalidEnvironment('WATCHDOG_PID', pidText, owner);
  return owner === pid ? usec : undefined;
}

/**
 * The process from which the watchdog expects pings instead of this one: its parent, a wrapper that sends no pings
 * itself, or a process outside this container. Undefined without a watchdog, if it expects them from this process, and
 * in a child forked by Node, whose parent may send them.
 */
export function watchdogWrapper(env: NodeJS.ProcessEnv, self: Self): number | undefined {
  const { WATCHDOG_USEC: usec, WATCHDOG_PID: pidText } = env;
  if (usec === undefined || pidText === undefined || env.NOTIFY_SOCKET === undefined || self.isForked) return undefined;
  const owner = parsePid(pidText);
  if (typeof owner !== 'number' || owner === self.pid || readWatchdog(env, owner) === undefined) return undefined;
  return owner === self.parent || !self.exists(owner) ? owner : undefined;
}

/** Facts about this process. */
export interface Self {
  readonly pid: number;
  readonly parent: number;
  /** Whether Node forked it, with a channel to its parent. */
  readonly isForked: boolean;
  readonly exists: (pid: number) => boolean;
}
