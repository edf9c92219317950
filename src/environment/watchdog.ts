// $WATCHDOG_USEC and $WATCHDOG_PID, by the rules and in the order of sd_watchdog_enabled(3).
import { invalidEnvironment } from '../errors.ts';
import { parseInteger, parsePid, UINT64_MAX } from './integer.ts';

/**
 * The watchdog timeout in microseconds; undefined where there is none, or where it is another process's.
 * @throws SystemdError `SD_ERR_INVALID_ENV`.
 */
export function readWatchdog(env: NodeJS.ProcessEnv, pid: number): bigint | undefined {
  const { WATCHDOG_USEC: usecText, WATCHDOG_PID: pidText } = env;
  if (usecText === undefined) return undefined;
  const usec = parseInteger(usecText, 0n, UINT64_MAX);
  if (typeof usec !== 'bigint') throw invalidEnvironment('WATCHDOG_USEC', usecText, usec);
  // Before the pid: systemd reports a bad time also where it is meant for somebody else.
  if (usec === 0n || usec === UINT64_MAX) throw invalidEnvironment('WATCHDOG_USEC', usecText, 'no time to live within');
  if (pidText === undefined) return usec;
  const owner = parsePid(pidText);
  if (typeof owner !== 'number') throw invalidEnvironment('WATCHDOG_PID', pidText, owner);
  return owner === pid ? usec : undefined;
}
