// What a unit file would say about the service: systemd.service(5), systemd.kill(5). Times are milliseconds, Infinity for
// never.
import type { NotifyAccess } from '../notify/decode.ts';

export const SERVICE_TYPES = ['notify', 'notify-reload', 'simple', 'exec', 'oneshot'] as const;
/** Type= in systemd.service(5). */
export type ServiceType = (typeof SERVICE_TYPES)[number];
export const RESTARTS = ['no', 'on-success', 'on-failure', 'on-abnormal', 'on-watchdog', 'on-abort', 'always'] as const;
/** Restart= in systemd.service(5). */
export type Restart = (typeof RESTARTS)[number];
export const NOTIFY_ACCESSES: readonly NotifyAccess[] = ['none', 'main', 'exec', 'all'];
export const KILL_MODES = ['control-group', 'mixed', 'process', 'none'] as const;
export const STORE_PRESERVES = ['no', 'restart', 'yes'] as const;
/** An exit code, or the signal that ended a process. */
export type ExitStatus = number | NodeJS.Signals;

/** A command line, and whether it may fail (`-` in front of it). */
export interface Command {
  /** The program and its arguments; no shell. */
  readonly argv: readonly string[];
  /** Default false. */
  readonly mayFail?: boolean;
  /** Whether `$NAME` and `${NAME}` in the arguments are replaced as systemd.service(5) says; default false. */
  readonly variables?: boolean;
}

/** What a unit file says of a service. Times are milliseconds, `Infinity` for never. */
export interface Settings {
  /** Default `notify`. */
  readonly type: ServiceType;
  /** Whose messages count; default `main` where the type or an option lets the service say something. */
  readonly notifyAccess: NotifyAccess | undefined;
  /** ExecStart=; several for a oneshot, which run one after another. */
  readonly start: readonly Command[];
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
  /** RuntimeMaxSec=: how long the service may run; default Infinity. */
  readonly runtimeMax: number;
  /** SuccessExitStatus=: exit codes and signals that count as success, besides 0; default none. */
  readonly successExitStatus: readonly ExitStatus[];
  /** RestartPreventExitStatus=: never started again after one of them; default none. */
  readonly restartPreventExitStatus: readonly ExitStatus[];
  /** RestartForceExitStatus=: always started again after one of them; default none. */
  readonly restartForceExitStatus: readonly ExitStatus[];
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
  readonly fdStorePreserve: (typeof STORE_PRESERVES)[number];
  /** Which processes are ended when the service stops; default `control-group`, all of them. */
  readonly killMode: (typeof KILL_MODES)[number];
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
  runtimeMax: Number.POSITIVE_INFINITY,
  successExitStatus: [],
  restartPreventExitStatus: [],
  restartForceExitStatus: [],
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

/** With the defaults. 0 is no timeout at all, for a start and a stop: systemd.service(5) */
export function completeSettings(given: Partial<Settings>): Settings {
  const settings = { ...DEFAULTS, abortTimeout: given.stopTimeout ?? DEFAULTS.abortTimeout, ...given };
  const { startTimeout, stopTimeout, abortTimeout } = settings;
  const never = (ms: number): number => (ms === 0 ? Number.POSITIVE_INFINITY : ms);
  return {
    ...settings,
    startTimeout: never(startTimeout),
    stopTimeout: never(stopTimeout),
    abortTimeout: never(abortTimeout),
  };
}
