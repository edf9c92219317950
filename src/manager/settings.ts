// What a unit file would say about the service: systemd.service(5), systemd.kill(5). Times are milliseconds, Infinity for
// never.
import type { NotifyAccess } from '../notify/decode.ts';

/** Type= in systemd.service(5). */
export type ServiceType = 'simple' | 'exec' | 'notify' | 'notify-reload' | 'oneshot';
/** Restart= in systemd.service(5). */
export type Restart = 'no' | 'on-success' | 'on-failure' | 'on-abnormal' | 'on-watchdog' | 'on-abort' | 'always';

/** A command line, and whether it may fail (`-` in front of it). */
export interface Command {
  /** The program and its arguments; no shell. */
  readonly argv: readonly string[];
  /** Default false. */
  readonly mayFail?: boolean;
}

/** What a unit file says of a service. Times are milliseconds, `Infinity` for never. */
export interface Settings {
  /** Default `notify`. */
  readonly type: ServiceType;
  /** Whose messages count; default `main` where the type or an option lets the service say something. */
  readonly notifyAccess: NotifyAccess | undefined;
  /** ExecStart= */
  readonly start: readonly string[];
  /** ExecStartPre= */
  readonly startPre: readonly Command[];
  /** ExecStartPost= */
  readonly startPost: readonly Command[];
  /** ExecReload=; without one, a reload is `reloadSignal`. */
  readonly reload: readonly Command[];
  /** ExecStop= */
  readonly stop: readonly Command[];
  /** ExecStopPost= */
  readonly stopPost: readonly Command[];
  /** WatchdogSec=: how long to wait for a sign of life; default 0, for none. */
  readonly watchdog: number;
  /** TimeoutStartSec=; default 90 000. */
  readonly startTimeout: number;
  /** TimeoutStopSec=; default 90 000. */
  readonly stopTimeout: number;
  /** TimeoutAbortSec=: how long after the watchdog's signal; default `stopTimeout`. */
  readonly abortTimeout: number;
  /** Default `no`. */
  readonly restart: Restart;
  /** RestartSec=; default 100. */
  readonly restartDelay: number;
  /** After so many starts in so much time, it is not restarted any more; default 5 in 10 000, 0 for no limit. */
  readonly startLimit: { readonly burst: number; readonly interval: number };
  /** RemainAfterExit=: active also when its processes have ended. */
  readonly remainAfterExit: boolean;
  /** O_NONBLOCK on the sockets that are passed; systemd takes it away otherwise, whatever the run before has set. */
  readonly nonBlocking: boolean;
  /** FileDescriptorStoreMax=; default 0, for no store. */
  readonly fdStore: number;
  /** FileDescriptorStorePreserve=: how long what is stored is kept; default `restart`. */
  readonly fdStorePreserve: 'no' | 'restart' | 'yes';
  /** Which processes are ended when the service stops; default `control-group`, all of them. */
  readonly killMode: 'control-group' | 'mixed' | 'process' | 'none';
  /** What ends the service; default SIGTERM. */
  readonly killSignal: NodeJS.Signals;
  /** What asks it to reload; default SIGHUP. */
  readonly reloadSignal: NodeJS.Signals;
  /** What ends a service that gives no sign of life; default SIGABRT. */
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
