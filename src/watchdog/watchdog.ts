// The heartbeat of the service: systemd kills a service whose event loop stands still. sd_watchdog_enabled(3)
import { existsSync } from 'node:fs';
import { isMainThread } from '../environment/main-thread.ts';
import { readWatchdog, watchdogWrapper } from '../environment/watchdog.ts';
import { JOURNAL_SOCKET } from '../journal/journal-socket.ts';
import { tellProcess, useProcessLog } from '../journal/process-log.ts';
import { Heartbeat, refuseSecond, type Surroundings } from './heartbeat.ts';
import { checkOptions, type WatchdogOptions } from './options.ts';

export type { WatchdogOptions } from './options.ts';

/** The running heartbeat; `using` stops it. */
export interface Watchdog extends Disposable {
  /** `$WATCHDOG_USEC` is set and meant for this process, and this is its main thread. */
  readonly enabled: boolean;
  /** How long the manager waits for a sign of life, in milliseconds; 0 without a watchdog. */
  readonly timeout: number;
  /** How often one is sent, in milliseconds: half of the timeout. */
  readonly interval: number;
  /**
   * WATCHDOG_USEC=: another timeout, in milliseconds, until the next start; the heartbeat keeps pace. 0 switches the
   * watchdog off. Works for a unit without `WatchdogSec=` too.
   * @returns `false`: `$NOTIFY_SOCKET` is not set.
   * @throws (rejects) SystemdError `SD_ERR_STATE` while another one runs.
   */
  setTimeout(ms: number): Promise<boolean>;
  /**
   * WATCHDOG=trigger: the manager acts as if the watchdog had fired, at once. `reason` is in STATUS and in the log.
   * @returns `false`: `$NOTIFY_SOCKET` is not set.
   */
  trigger(reason: string): Promise<boolean>;
  /** Sends nothing any more. systemd goes on waiting, unless `setTimeout(0)` has switched it off before. */
  stop(): void;
}

/**
 * Starts the heartbeat: the first ping at once, then one every half of the timeout, for as long as the event loop turns
 * and the checks, where there are any, are healthy; while one is not, they are run again every eighth of the timeout. It
 * never keeps the process alive. While an inspector listens, the manager is told to wait for an hour, so that a breakpoint
 * does not end the service. Without `WatchdogSec=` in the unit, off systemd, and in a worker thread (whose ping would
 * prove nothing) nothing is sent, and `enabled` is false.
 *
 * @example
 * ```ts
 * watchdog({ checks: { database: () => pool.query('select 1') }, log });
 * ```
 * @throws SystemdError `SD_ERR_STATE` while another one runs, `SD_ERR_INVALID_ENV` for a malformed variable.
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`, naming the option.
 * @see sd_watchdog_enabled(3), WatchdogSec= in systemd.service(5)
 */
export function watchdog(options: WatchdogOptions = {}): Watchdog {
  return createWatchdog(options);
}

/** For `service()`, which has a status of its own, and for tests, which have a journal's socket of their own. */
export function createWatchdog(
  options: WatchdogOptions,
  { journal = JOURNAL_SOCKET, board, givesWay }: Partial<Surroundings> = {},
): Watchdog {
  const checked = checkOptions(options);
  if (checked.log !== undefined) useProcessLog(checked.log);
  refuseSecond();
  const usec = isMainThread() ? readWatchdog(process.env, process.pid) : undefined;
  if (usec === undefined && isMainThread()) warnOfWrapper();
  return new Heartbeat(usec === undefined ? 0 : Number(usec) / 1000, checked, { journal, board, givesWay });
}

/** A service whose pings nobody sends is killed, and nothing else tells why. */
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
