// The heartbeat of the service: systemd ends a service whose event loop is blocked. sd_watchdog_enabled(3)
import { existsSync } from 'node:fs';
import { isMainThread } from '../environment/main-thread.ts';
import { readWatchdog, watchdogWrapper } from '../environment/watchdog.ts';
import { JOURNAL_SOCKET } from '../journal/find-journal.ts';
import { tellProcess, useProcessLog } from '../journal/process-log.ts';
import { assertOnlyWatchdog, Heartbeat, type HeartbeatSettings } from './heartbeat.ts';
import { checkOptions, type Watchdog, type WatchdogOptions } from './options.ts';

export type { Watchdog, WatchdogOptions } from './options.ts';

/**
 * Starts the heartbeat: the first ping at once, then one every half of the timeout, while the event loop runs and all
 * checks are healthy. While a check is unhealthy, the checks run again every eighth of the timeout. Never keeps the
 * process alive. While an inspector listens, the manager's timeout is set to an hour, so that a breakpoint does not end
 * the service. Without `WatchdogSec=` in the unit, off systemd, and in a worker thread (whose ping would prove
 * nothing), sends nothing, and `enabled` is false.
 *
 * @example
 * ```ts
 * watchdog({ checks: { database: () => pool.query('select 1') }, log });
 * ```
 * @throws SystemdError `SD_ERR_STATE` while another heartbeat runs, `SD_ERR_INVALID_ENV` for a malformed variable.
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`; the message names the option.
 * @see sd_watchdog_enabled(3), WatchdogSec= in systemd.service(5)
 */
export function watchdog(options: WatchdogOptions = {}): Watchdog {
  return createWatchdog(options);
}

/** For `service()`, which manages STATUS itself, and for tests, which use a different journal socket. */
export function createWatchdog(
  options: WatchdogOptions,
  { journal = JOURNAL_SOCKET, board, givesWay }: Partial<HeartbeatSettings> = {},
): Watchdog {
  const checked = checkOptions(options);
  if (checked.log !== undefined) useProcessLog(checked.log);
  assertOnlyWatchdog();
  const usec = isMainThread() ? readWatchdog(process.env, process.pid) : undefined;
  if (usec === undefined && isMainThread()) warnOfWrapper();
  return new Heartbeat(usec === undefined ? 0 : Number(usec) / 1000, checked, { journal, board, givesWay });
}

/**
 * Explains why systemd will end the service: $WATCHDOG_PID names a wrapper process, so this process sends no pings.
 */
function warnOfWrapper(): void {
  const wrapper = watchdogWrapper(process.env, {
    pid: process.pid,
    parent: process.ppid,
    isForked: process.send !== undefined,
    exists: (pid) => existsSync(`/proc/${pid}`),
  });
  if (wrapper === undefined) return;
  tellProcess((log) =>
    log.warning(
      `no watchdog pings are sent: $WATCHDOG_PID is ${wrapper}, and this process, which would send them, is ${process.pid}; take the variable away behind the wrapper (ExecStart=WRAPPER -- env -u WATCHDOG_PID node …), and set NotifyAccess=all in the unit`,
    ),
  );
}
