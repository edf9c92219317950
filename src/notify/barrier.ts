// Waits until the manager has read all messages: it closes a descriptor when it reaches the barrier message.
// sd_notify_barrier(3)
import { checkTimeout, INT32_MAX, ownOptions, readable } from '../arguments.ts';
import { whenReady } from '../descriptor-poll.ts';
import { invalidType, quote, SystemdError } from '../errors.ts';
import { native, syscallError } from '../native.ts';
import { currentSender } from './current-sender.ts';
import type { Sender } from './delivery.ts';
import { unlessDeparted } from './departed-manager.ts';

/** The options of barrier(). */
export interface BarrierOptions {
  /** In milliseconds; default 5 000. */
  timeout?: number;
  /** Ends the wait; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

const TIMEOUT_MS = 5000;
const KNOWN_KEYS: Readonly<Record<keyof BarrierOptions, true>> = { timeout: true, signal: true };

/**
 * Waits until the manager has processed every notification sent before. Call it before the process exits, so that its
 * last status is not lost.
 *
 * @returns `false`: `$NOTIFY_SOCKET` is not set, or the manager has exited since READY.
 * @example
 * ```ts
 * await stopping('closing');
 * await barrier(); // systemd has read every message: the process may exit
 * ```
 * @throws SystemdError `SD_ERR_TIMEOUT`; the reason of `signal`; and the errors of `notify`.
 * @see sd_notify_barrier(3)
 */
export async function barrier(options: BarrierOptions = {}): Promise<boolean> {
  const own = ownOptions('barrier(): the options', options, KNOWN_KEYS);
  const timeout = checkTimeout('barrier(): timeout', own.timeout, TIMEOUT_MS);
  const signal = checkSignal(own.signal);
  signal?.throwIfAborted();
  const manager = currentSender();
  return manager === undefined ? false : unlessDeparted(pass(manager, timeout, signal));
}

async function pass(manager: Sender, timeout: number, signal: AbortSignal | undefined): Promise<boolean> {
  if (manager.acknowledged !== undefined) return acknowledged(manager.acknowledged(), timeout, signal);
  const deadline = performance.now() + timeout;
  const ends = native().pipe();
  if (typeof ends === 'number') throw syscallError('cannot make a barrier', ends, 'pipe2');
  const [readEnd, writeEnd] = ends;
  try {
    const sent = manager.send({ payload: 'BARRIER=1', fds: Int32Array.of(writeEnd), pid: 0, timeout });
    native().close(writeEnd);
    await abortable(sent, signal);
    // Requests no event: poll always reports the end of the pipe.
    const events = await whenReady(readEnd, 0, deadline - performance.now(), signal);
    signal?.throwIfAborted();
    if (events === 0) throw unanswered(timeout);
    if (events < 0) throw syscallError('cannot wait for the answer to a barrier', events, 'poll');
    return true;
  } finally {
    native().close(readEnd);
  }
}

async function acknowledged(answer: Promise<void>, timeout: number, signal: AbortSignal | undefined): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unanswered(timeout)), Math.min(timeout, INT32_MAX));
  });
  await abortable(Promise.race([answer, late]), signal).finally(() => clearTimeout(timer));
  return true;
}

function unanswered(timeout: number): SystemdError {
  return new SystemdError('SD_ERR_TIMEOUT', `no answer to the barrier within ${timeout} ms`);
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined || isSignal(signal)) return signal;
  throw invalidType(`barrier(): signal must be an AbortSignal, not ${quote(signal)}`);
}

function isSignal(signal: unknown): signal is AbortSignal {
  return readable('barrier(): signal', () => signal instanceof AbortSignal);
}
