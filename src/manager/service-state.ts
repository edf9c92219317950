// The state of a service, in systemd's terms: `systemctl show -P SubState`. Pure, so that a table can test it.
import type { Exit } from './launch.ts';
import type { ExitStatus, Restart, ServiceType, Settings } from './settings.ts';

/** Like in `systemctl show -P SubState`. */
export type SubState =
  | 'dead'
  | 'start-pre'
  | 'start'
  | 'start-post'
  | 'running'
  | 'exited'
  | 'reload'
  | 'reload-signal'
  | 'reload-notify'
  | 'stop'
  | 'stop-watchdog'
  | 'stop-sigterm'
  | 'stop-sigkill'
  | 'stop-post'
  | 'final-sigterm'
  | 'final-sigkill'
  | 'failed'
  | 'auto-restart'
  | 'dead-resources-pinned';

/** Like in `systemctl show -P ActiveState`. */
export type ActiveState = 'inactive' | 'activating' | 'active' | 'reloading' | 'deactivating' | 'failed';

/** Like in `systemctl show -P Result`. */
export type Result =
  | 'success'
  | 'protocol'
  | 'exit-code'
  | 'signal'
  | 'watchdog'
  | 'timeout'
  | 'start-limit-hit'
  | 'resources';

/** The same in simpler terms. */
export type Phase = 'starting' | 'running' | 'reloading' | 'stopping' | 'ended';

const ACTIVE_STATES: Readonly<Record<SubState, ActiveState>> = {
  dead: 'inactive',
  'start-pre': 'activating',
  start: 'activating',
  'start-post': 'activating',
  running: 'active',
  exited: 'active',
  reload: 'reloading',
  'reload-signal': 'reloading',
  'reload-notify': 'reloading',
  stop: 'deactivating',
  'stop-watchdog': 'deactivating',
  'stop-sigterm': 'deactivating',
  'stop-sigkill': 'deactivating',
  'stop-post': 'deactivating',
  'final-sigterm': 'deactivating',
  'final-sigkill': 'deactivating',
  failed: 'failed',
  'auto-restart': 'activating',
  'dead-resources-pinned': 'inactive',
};

const PHASES: Readonly<Record<ActiveState, Phase>> = {
  inactive: 'ended',
  activating: 'starting',
  active: 'running',
  reloading: 'reloading',
  deactivating: 'stopping',
  failed: 'ended',
};

export function activeStateOf(state: SubState): ActiveState {
  return ACTIVE_STATES[state];
}

export function phaseOf(state: SubState): Phase {
  return PHASES[ACTIVE_STATES[state]];
}

/** Signals that end a daemon without handlers successfully. They do not count for a command (Type=oneshot). */
const CLEAN_SIGNALS: readonly (NodeJS.Signals | null)[] = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGPIPE'];

/**
 * The result of an exit. Reports `core-dump` as `signal`, because the manager does not know whether a core was written.
 */
export function resultOf(exit: Exit, type: ServiceType | 'control', success: readonly ExitStatus[] = []): Result {
  const { code, signal } = exit;
  if (isOneOf(exit, success)) return 'success';
  if (signal === null) return code === 0 || code === null ? 'success' : 'exit-code';
  return type !== 'oneshot' && type !== 'control' && CLEAN_SIGNALS.includes(signal) ? 'success' : 'signal';
}

const RESTARTS: Readonly<Record<Restart, (result: Result) => boolean>> = {
  no: () => false,
  always: () => true,
  'on-success': (result) => result === 'success',
  'on-failure': (result) => result !== 'success',
  'on-abnormal': (result) => result !== 'success' && result !== 'exit-code',
  'on-watchdog': (result) => result === 'watchdog',
  'on-abort': (result) => result === 'signal',
};

/** RestartPreventExitStatus= comes first, then RestartForceExitStatus=, then Restart=. */
export function shallRestart(settings: Settings, result: Result, exit: Exit | undefined): boolean {
  const { restart, restartPreventExitStatus, restartForceExitStatus, type } = settings;
  if (isOneOf(exit, restartPreventExitStatus)) return false;
  const isForced = isOneOf(exit, restartForceExitStatus) && (type !== 'oneshot' || result !== 'success');
  return isForced || RESTARTS[restart](result);
}

function isOneOf(exit: Exit | undefined, statuses: readonly ExitStatus[]): boolean {
  const status = exit?.signal ?? exit?.code ?? undefined;
  return status !== undefined && statuses.includes(status);
}

export function waitsForReady(type: ServiceType): boolean {
  return type === 'notify' || type === 'notify-reload';
}

/** Text for messages: the operation that timed out. */
export function timeoutText(state: SubState, type: ServiceType): string {
  if (state === 'running') return 'RuntimeMaxSec= is over';
  return `${state} timed out${state === 'start' && waitsForReady(type) ? ': READY=1 did not arrive' : ''}`;
}
