// The reaction of a service manager to a message, key by key in systemd's order: sd_notify(3); the order is documented
// in docs/notify.md. Changes nothing but the unit.
import { constants } from 'node:os';
import type { Notification } from '../notify/decode.ts';
import type { MessageSender, ReceivedFds } from './datagram-receiver.ts';
import { handles, isAlive } from './process-tree.ts';
import type { SubState } from './service-state.ts';
import type { Unit } from './unit.ts';

const RUNS: readonly SubState[] = ['running', 'reload-signal', 'reload-notify'];
const MAY_MOVE: readonly SubState[] = ['start', 'start-post', 'running', 'reload', 'reload-signal', 'reload-notify'];
const MAY_RESET: readonly SubState[] = [...MAY_MOVE, 'stop', 'stop-sigterm'];

/** The caller has already checked that the sender is allowed. */
export function applyNotification(unit: Unit, message: Notification, sender: MessageSender, fds: ReceivedFds): void {
  followMainPid(unit, message, sender, fds);
  if (message.stopping) stop(unit);
  else if (unit.reported.life !== 'stopping') {
    if (message.ready) ready(unit, message);
    else if (message.reloading) reloading(unit, message);
  }
  unit.reported.update(message);
  if (message.extendTimeout !== undefined) {
    unit.timer.extend(message.extendTimeout);
    unit.watchdog.extend(message.extendTimeout);
  }
  if (message.watchdog === 'ping') unit.resetWatchdog();
  if (message.watchdog === 'trigger') unit.forceWatchdog();
  if (message.watchdogTimeout !== undefined) {
    unit.reported.watchdog = message.watchdogTimeout;
    unit.resetWatchdog();
  }
  if (message.restartReset && MAY_RESET.includes(unit.state)) unit.restarts = 0;
  store(unit, message, fds);
}

function stop(unit: Unit): void {
  unit.reported.life = 'stopping';
  if (RUNS.includes(unit.state)) unit.enterStopByNotify();
}

/** The answer to a reload signal must be newer than the signal. */
function answers(unit: Unit, { monotonicUsec }: Notification): boolean {
  const { state, reloadSentUsec } = unit;
  return (
    state === 'reload-signal' &&
    monotonicUsec !== undefined &&
    reloadSentUsec !== undefined &&
    monotonicUsec >= reloadSentUsec
  );
}

function ready(unit: Unit, message: Notification): void {
  unit.reported.life = 'ready';
  const { type } = unit.settings;
  if (message.reloading && answers(unit, message)) unit.enterRunning('success');
  else if (unit.state === 'reload-notify') unit.enterRunning('success');
  else if (unit.state === 'start' && (type === 'notify' || type === 'notify-reload')) becomeReady(unit);
}

/** systemd 262 checks whether its reload signal would kill the service. */
function becomeReady(unit: Unit): void {
  const { type, reloadSignal } = unit.settings;
  const { main } = unit.processes;
  if (type === 'notify-reload' && main !== undefined && !handles(main, constants.signals[reloadSignal])) {
    unit.record(`READY=1, but ${reloadSignal} is neither handled nor blocked: Type=notify-reload needs that`);
    unit.refuse('protocol');
  } else unit.enterStartPost();
}

function reloading(unit: Unit, message: Notification): void {
  unit.reported.life = 'reloading';
  if (answers(unit, message)) unit.continueReload();
  else if (unit.state === 'running') unit.enterReloadByNotify();
}

function followMainPid(unit: Unit, message: Notification, sender: MessageSender, fds: ReceivedFds): void {
  const pid = message.mainPidFd ? pidOf(fds) : message.mainPid;
  if (pid === undefined || pid === unit.processes.main || !MAY_MOVE.includes(unit.state)) return;
  const fault = unsuitable(unit, pid, sender);
  if (fault === undefined) unit.moveMain(pid);
  else unit.record(`refuses ${pid} as main process: ${fault}`);
}

function unsuitable(unit: Unit, pid: number, { uid }: MessageSender): string | undefined {
  if (pid === 1 || pid === process.pid) return 'it is a manager';
  if (pid === unit.processes.control) return 'it is a control process';
  if (!isAlive(pid)) return 'it does not run';
  return unit.processes.has(pid) || uid === 0 ? undefined : 'it does not belong to the service';
}

function pidOf(fds: ReceivedFds): number | undefined {
  return fds.count === 1 ? fds.process() : undefined;
}

function store(unit: Unit, message: Notification, fds: ReceivedFds): void {
  const { fdStore, fdStoreRemove, fdName, fdPoll } = message;
  if (fdStoreRemove) {
    if (fdName !== undefined) unit.store.remove(fdName);
  } else if (fdStore && fds.count > 0) {
    const { refused } = unit.store.add(fds.take(), fdName, fdPoll);
    if (refused > 0) unit.record(`the descriptor store is full: ${refused} not taken`);
  }
}
