// What a unit file would say about the service: systemd.service(5), systemd.kill(5). Times are milliseconds, Infinity for
// never.
import type { NotifyAccess } from './notification.ts';

export type ServiceType = 'simple' | 'exec' | 'notify' | 'notify-reload' | 'oneshot';
export type Restart = 'no' | 'on-success' | 'on-failure' | 'on-abnormal' | 'on-watchdog' | 'on-abort' | 'always';

/** A command line, and whether it may fail (`-` in front of it). */
export interface Command {
  readonly argv: readonly string[];
  readonly mayFail?: boolean;
}

export interface Settings {
  readonly type: ServiceType;
  readonly notifyAccess: NotifyAccess | undefined;
  readonly start: readonly string[];
  readonly startPre: readonly Command[];
  readonly startPost: readonly Command[];
  readonly reload: readonly Command[];
  readonly stop: readonly Command[];
  readonly stopPost: readonly Command[];
  /** 0 for none. */
  readonly watchdog: number;
  readonly startTimeout: number;
  readonly stopTimeout: number;
  /** TimeoutAbortSec=: how long after the watchdog's signal. */
  readonly abortTimeout: number;
  readonly restart: Restart;
  readonly restartDelay: number;
  /** After so many starts in so much time, it is not restarted any more; 0 for no limit. */
  readonly startLimit: { readonly burst: number; readonly interval: number };
  readonly remainAfterExit: boolean;
  /** O_NONBLOCK on the sockets that are passed; systemd takes it away otherwise, whatever the run before has set. */
  readonly nonBlocking: boolean;
  readonly fdStore: number;
  readonly fdStorePreserve: 'no' | 'restart' | 'yes';
  readonly killMode: 'control-group' | 'mixed' | 'process' | 'none';
  readonly killSignal: NodeJS.Signals;
  readonly reloadSignal: NodeJS.Signals;
  readonly watchdogSignal: NodeJS.Signals;
}

const TIMEOUT_MS = 90_000;

export const DEFAULTS: Settings = {
  type: 'notify',
  notifyAccess: undefined,
  start: [],
  startPre: [],
  startPost: [],
  reload: [],
  stop: [],
  stopPost: [],
  watchdog: 0,
  startTimeout: TIMEOUT_MS,
  stopTimeout: TIMEOUT_MS,
  abortTimeout: TIMEOUT_MS,
  restart: 'no',
  restartDelay: 100,
  startLimit: { burst: 5, interval: 10_000 },
  remainAfterExit: false,
  nonBlocking: false,
  fdStore: 0,
  fdStorePreserve: 'restart',
  killMode: 'control-group',
  killSignal: 'SIGTERM',
  reloadSignal: 'SIGHUP',
  watchdogSignal: 'SIGABRT',
};
