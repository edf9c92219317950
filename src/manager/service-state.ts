// Where a service is in its life, in systemd's own words: `systemctl show -P SubState`. Pure, so that a table can test it.
import type { Exit } from './launch.ts';
import type { ExitStatus, Restart, ServiceType, Settings } from './settings.ts';

/** As `systemctl show -P SubState` has it. */
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

/** As `systemctl show -P ActiveState` has it. */
export type ActiveState = 'inactive' | 'activating' | 'active' | 'reloading' | 'deactivating' | 'failed';

/** As `systemctl show -P Result` has it. */
export type Result =
  | 'success'
  | 'protocol'
  | 'exit-code'
  | 'signal'
  | 'watchdog'
  | 'timeout'
  | 'start-limit-hit'
  | 'resources';

/** The same in a few words, for who does not care how systemd goes about it. */
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

/** How a daemon without handlers ends when it is asked to. A command (Type=oneshot) has no such excuse. */
const CLEAN_SIGNALS: readonly (NodeJS.Signals | null)[] = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGPIPE'];

/** What an exit tells. `core-dump` is not told from `signal` here: a stand-in has no say in whether a core is written. */
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

/** RestartPreventExitStatus= counts first, then RestartForceExitStatus=, then Restart=. */
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

/** For people: what timed out. */
export function timeoutText(state: SubState, type: ServiceType): string {
  if (state === 'running') return 'RuntimeMaxSec= is over';
  return `${state} timed out${state === 'start' && waitsForReady(type) ? ': READY=1 did not arrive' : ''}`;
}
