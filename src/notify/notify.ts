// What a service says to its manager. sd_notify(3)

import { notifyChannel, tellOutcome } from '../channels.ts';
import { currentSender } from './current-sender.ts';
import type { Message } from './delivery.ts';
import { readyArrived, unlessDeparted } from './departed-manager.ts';
import { encodeMessage } from './message.ts';
import { makeMessage, type NotifyOptions } from './options.ts';
import { withoutSecondReady } from './ready-once.ts';
import type { NotifyState } from './state.ts';

/**
 * Tells the service manager a state, in one datagram that leaves in the tick of the call. Messages arrive in call order.
 * Only while the manager's queue is full does the call wait, off the event loop.
 *
 * @returns `true`: handed to the kernel. `false`: `$NOTIFY_SOCKET` is not set.
 * @example
 * ```ts
 * await notify({ ready: true, status: 'serving' });
 * ```
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`: an unknown key, a wrong type, a number out of range, a string
 *   that the message cannot carry.
 * @throws SystemdError `SD_ERR_MESSAGE_TOO_LARGE` above 4096 bytes, `SD_ERR_TIMEOUT`, `SD_ERR_INVALID_ENV`,
 *   `SD_ERR_NATIVE_UNAVAILABLE`.
 * @throws SyscallError what sendmsg(2) said, such as `ECONNREFUSED`. (All of them reject.)
 * @see sd_notify(3)
 */
export function notify(state: NotifyState, options?: NotifyOptions): Promise<boolean> {
  // Not an async function: the message has left when this returns.
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

/** The same for a service that is up: resolves `false`, too, where the manager has left since READY. */
export function notifyWhileUp(state: NotifyState, options?: NotifyOptions): Promise<boolean> {
  return unlessDeparted(notify(state, options));
}

/** A manager learns nothing from an empty datagram, and logs a warning at most. */
function says({ payload, fds }: Message): boolean {
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
 * The same for `'exit'` handlers, where no promise settles any more: blocks while the manager's queue is full, for at
 * most `timeout`, and throws what `notify` rejects with.
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
 * READY=1: start-up is done. Call it when the service takes requests.
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
 * RELOADING=1 with the time of this call; `ready` must follow, or use `reload`.
 * @returns `false` also where the manager has left since READY.
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
 * STOPPING=1: the service shuts down.
 * @returns `false` also where the manager has left since READY.
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
 * STATUS=: the line that `systemctl status` shows. Any string will do: control characters become a space, and what is
 * too long is cut and ends in `…`.
 * @returns `false` also where the manager has left since READY.
 * @example
 * ```ts
 * await status('42 connections');
 * ```
 */
export function status(text: string): Promise<boolean> {
  return notifyWhileUp({ status: text });
}

/**
 * MAINPID=: this process is the service from now on.
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
 * @returns `false` also where the manager has left since READY.
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
