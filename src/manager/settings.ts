// The settings of a unit file: systemd.service(5), systemd.kill(5). Times are in milliseconds; Infinity means never.
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

/** A command line, and whether it may fail (prefix `-`). */
export interface Command {
  /** The program and its arguments, without a shell. */
  readonly argv: readonly string[];
  /** Default false. */
  readonly mayFail?: boolean;
  /** Whether to replace `$NAME` and `${NAME}` in the arguments as in systemd.service(5); default false. */
  readonly variables?: boolean;
}

/** The settings of a service, like in a unit file. Times are in milliseconds; `Infinity` means never. */
export interface Settings {
  /** Default `notify`. */
  readonly type: ServiceType;
  /** Whose messages are accepted; default `main` if the type or an option needs notifications. */
  readonly notifyAccess: NotifyAccess | undefined;
  /** ExecStart=; a oneshot may have several, which run one after another. */
  readonly start: readonly Command[];
  /** ExecStartPre= */
  readonly startPre: readonly Command[];
  /** ExecStartPost= */
  readonly startPost: readonly Command[];
  /** ExecReload=; without one, a reload sends `reloadSignal`. */
  readonly reload: readonly Command[];
  /** ExecStop= */
  readonly stop: readonly Command[];
  /** ExecStopPost= */
  readonly stopPost: readonly Command[];
  /** WatchdogSec=: how long to wait for a ping; default 0, for none. */
  readonly watchdog: number;
  /** TimeoutStartSec=; default 90 000. */
  readonly startTimeout: number;
  /** TimeoutStopSec=; default 90 000. */
  readonly stopTimeout: number;
  /** TimeoutAbortSec=: how long to wait after the watchdog's signal; default `stopTimeout`. */
  readonly abortTimeout: number;
  /** RuntimeMaxSec=: how long the service may run; default Infinity. */
  readonly runtimeMax: number;
  /** SuccessExitStatus=: exit codes and signals that count as success, besides 0; default none. */
  readonly successExitStatus: readonly ExitStatus[];
  /** RestartPreventExitStatus=: never restarted after one of them; default none. */
  readonly restartPreventExitStatus: readonly ExitStatus[];
  /** RestartForceExitStatus=: always restarted after one of them; default none. */
  readonly restartForceExitStatus: readonly ExitStatus[];
  /** Default `no`. */
  readonly restart: Restart;
  /** RestartSec=; default 100. */
  readonly restartDelay: number;
  /** After `burst` starts within `interval` it is not restarted; default 5 in 10 000, 0 for no limit. */
  readonly startLimit: { readonly burst: number; readonly interval: number };
  /** RemainAfterExit=: stays active after its processes have exited. */
  readonly remainAfterExit: boolean;
  /** Whether to set O_NONBLOCK on passed sockets; otherwise it is removed at each start, like in systemd. */
  readonly nonBlocking: boolean;
  /** FileDescriptorStoreMax=; default 0, for no store. */
  readonly fdStore: number;
  /** FileDescriptorStorePreserve=: how long stored descriptors are kept; default `restart`. */
  readonly fdStorePreserve: (typeof STORE_PRESERVES)[number];
  /** KillMode=: the processes that are ended when the service stops; default `control-group`, all of them. */
  readonly killMode: (typeof KILL_MODES)[number];
  /** The signal that ends the service; default SIGTERM. */
  readonly killSignal: NodeJS.Signals;
  /** The signal that requests a reload; default SIGHUP. */
  readonly reloadSignal: NodeJS.Signals;
  /** The signal that ends a service whose watchdog has expired; default SIGABRT. */
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

/** Adds the defaults. A start or stop timeout of 0 means no timeout: systemd.service(5) */
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
