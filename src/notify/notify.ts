// Notifications from a service to its manager. sd_notify(3)

import { notifyChannel, tellOutcome } from '../channels.ts';
import { currentSender } from './current-sender.ts';
import type { NotifyMessage } from './delivery.ts';
import { readyArrived, unlessDeparted } from './departed-manager.ts';
import { encodeMessage } from './message.ts';
import { makeMessage, type NotifyOptions } from './options.ts';
import { withoutSecondReady } from './ready-once.ts';
import type { NotifyState } from './state.ts';

/**
 * Sends a state to the service manager, in one datagram, in the tick of the call. Messages arrive in call order. The
 * call waits only while the manager's queue is full, without blocking the event loop.
 *
 * @returns `true`: the kernel has accepted the message. `false`: `$NOTIFY_SOCKET` is not set.
 * @example
 * ```ts
 * await notify({ ready: true, status: 'serving' });
 * ```
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`: an unknown key, a wrong type, a number out of range, a string
 *   that the message cannot contain.
 * @throws SystemdError `SD_ERR_MESSAGE_TOO_LARGE` above 4096 bytes, `SD_ERR_TIMEOUT`, `SD_ERR_INVALID_ENV`,
 *   `SD_ERR_NATIVE_UNAVAILABLE`.
 * @throws SyscallError for an error of sendmsg(2), such as `ECONNREFUSED`. (All errors reject.)
 * @see sd_notify(3)
 */
export function notify(state: NotifyState, options?: NotifyOptions): Promise<boolean> {
  // Not an async function: the message is sent before this returns.
  try {
    const message = makeMessage(encodeMessage(state), options);
    const left = withoutSecondReady(state);
    if (left !== state) return notify(left, options);
    const sent = (says(message) ? currentSender()?.send(message) : nothingSent()) ?? Promise.resolve(false);
    if (notifyChannel.hasSubscribers) tellOutcome(message.payload, sent);
    return state.ready === true ? sent.then(noteReady) : sent;
  } catch (error) {
    return Promise.reject(error);
  }
}

/** The same for a running service: also resolves `false` if the manager has exited since READY. */
export function notifyWhileUp(state: NotifyState, options?: NotifyOptions): Promise<boolean> {
  return unlessDeparted(notify(state, options));
}

/** Whether the message has content: the manager ignores an empty datagram, or logs a warning. */
function says({ payload, fds }: NotifyMessage): boolean {
  return payload !== '' || fds !== undefined;
}

function nothingSent(): Promise<boolean> | undefined {
  return currentSender() === undefined ? undefined : Promise.resolve(true);
}

function noteReady(sent: boolean): boolean {
  if (sent) readyArrived();
  return sent;
}

/**
 * The same for `'exit'` handlers, where promises no longer settle: blocks while the manager's queue is full, for at
 * most `timeout`, and throws the errors of `notify`.
 * @example
 * ```ts
 * process.on('exit', () => notifySync({ status: 'exiting' }));
 * ```
 */
export function notifySync(state: NotifyState, options?: NotifyOptions): boolean {
  const message = makeMessage(encodeMessage(state), options);
  const left = withoutSecondReady(state);
  if (left !== state) return notifySync(left, options);
  if (!says(message)) return currentSender() !== undefined;
  const sent = currentSender()?.sendSync(message) ?? false;
  if (notifyChannel.hasSubscribers) tellOutcome(message.payload, Promise.resolve(sent));
  return state.ready === true ? noteReady(sent) : sent;
}

/**
 * READY=1: start-up is complete. Call it when the service accepts requests.
 * @example
 * ```ts
 * await listen(server, { fallback: 8080 });
 * await ready('serving');
 * ```
 * @see sd_notify(3)
 */
export function ready(status?: string): Promise<boolean> {
  return notify(withStatus({ ready: true }, status));
}

/**
 * RELOADING=1 with the current time; `ready` must follow. `reload` sends both.
 * @returns `false` also if the manager has exited since READY.
 * @example
 * ```ts
 * await reloading('reading settings');
 * await ready();
 * ```
 * @see sd_notify(3)
 */
export function reloading(status?: string): Promise<boolean> {
  return notifyWhileUp(withStatus({ reloading: true }, status));
}

/**
 * STOPPING=1: the service is shutting down.
 * @returns `false` also if the manager has exited since READY.
 * @example
 * ```ts
 * process.once('SIGTERM', () => stopping('closing 42 connections'));
 * ```
 * @see sd_notify(3)
 */
export function stopping(status?: string): Promise<boolean> {
  return notifyWhileUp(withStatus({ stopping: true }, status));
}

/**
 * STATUS=: the line that `systemctl status` shows. Accepts any string: control characters become spaces, and a long
 * text is cut and ends in `…`.
 * @returns `false` also if the manager has exited since READY.
 * @example
 * ```ts
 * await status('42 connections');
 * ```
 */
export function status(text: string): Promise<boolean> {
  return notifyWhileUp({ status: text });
}

/**
 * MAINPID=: this process becomes the main process of the service.
 * @example
 * ```ts
 * await mainPid(child.pid);
 * ```
 */
export function mainPid(pid: number): Promise<boolean> {
  return notify({ mainPid: pid });
}

/**
 * EXTEND_TIMEOUT_USEC=: start-up, run time, or stopping may take `ms` milliseconds more from now.
 * @returns `false` also if the manager has exited since READY.
 * @example
 * ```ts
 * await extendTimeout(60_000); // a migration takes another minute
 * ```
 */
export function extendTimeout(ms: number): Promise<boolean> {
  return notifyWhileUp({ extendTimeout: ms });
}

function withStatus(state: NotifyState, status: string | undefined): NotifyState {
  return status === undefined ? state : { ...state, status };
}
