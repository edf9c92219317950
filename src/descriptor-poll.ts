// Waits for descriptors without libuv: Node's loop does not support unix datagram sockets, and an addon that uses a
// uv_* symbol does not load in Bun or Deno. So one poll(2) at a time runs in the thread pool, for all awaited
// descriptors; an eventfd in its set ends it early when a descriptor is added. It occupies one pool thread while a
// caller waits, and none otherwise.
import { INT32_MAX } from './arguments.ts';
import { type Native, native, POLLIN } from './native.ts';

interface Waiter {
  readonly fd: number;
  readonly events: number;
  readonly deadline: number;
  readonly done: (events: number) => void;
}

// A thread that ends waits for the pool first, so a single poll must be short.
const SLICE_MS = 100;
// How late a timeout may be reported if all pool threads are busy.
const GRACE_MS = SLICE_MS;

const waiters = new Set<Waiter>();
let waker: number | undefined;
let polling = false;

/**
 * Resolves to the events that occurred, 0 at the timeout, or `-errno` if the descriptor cannot be polled. POLLHUP and
 * POLLERR are always included. The descriptor must stay open until then, or until `signal` aborts.
 */
export function whenReady(fd: number, events: number, timeoutMs: number, signal?: AbortSignal): Promise<number> {
  if (signal?.aborted) return Promise.resolve(0);
  return new Promise((resolve) => {
    const giveUp = (): void => settle(waiter, 0);
    // Four DNS lookups without an answer occupy the whole pool, and no poll starts until one of them ends.
    const timer = timeoutMs + GRACE_MS <= INT32_MAX ? setTimeout(giveUp, timeoutMs + GRACE_MS).unref() : undefined;
    const done = (answer: number): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      resolve(answer);
    };
    const waiter: Waiter = { fd, events, deadline: performance.now() + timeoutMs, done };
    waiters.add(waiter);
    signal?.addEventListener('abort', giveUp, { once: true });
    if (polling) wake();
    else void pollAll();
  });
}

function settle(waiter: Waiter, events: number): void {
  if (waiters.delete(waiter)) waiter.done(events);
}

function wake(): void {
  if (waker !== undefined) native().signal(waker);
}

async function pollAll(): Promise<void> {
  const addon = native();
  polling = true;
  while (waiters.size > 0) {
    // Without a spare descriptor: poll ignores a negative one, and an added waiter waits for the end of the slice.
    if (waker === undefined || waker < 0) waker = addon.eventCounter();
    const batch = [...waiters];
    const answer = await addon.poll(pairs(batch, waker), slice(batch));
    if (typeof answer === 'number') failAll(batch, answer);
    else dispatch(addon, batch, answer);
  }
  polling = false;
}

function pairs(batch: readonly Waiter[], wakeFd: number): Int32Array {
  const list = new Int32Array((batch.length + 1) * 2);
  list.set([wakeFd, POLLIN]);
  for (const [index, waiter] of batch.entries()) list.set([waiter.fd, waiter.events], (index + 1) * 2);
  return list;
}

function slice(batch: readonly Waiter[]): number {
  const now = performance.now();
  const next = Math.min(...batch.map((waiter) => waiter.deadline - now));
  return Math.max(0, Math.min(SLICE_MS, Math.ceil(next)));
}

function dispatch(addon: Native, batch: readonly Waiter[], answer: readonly number[]): void {
  if (answer[0] !== 0 && waker !== undefined) addon.drain(waker);
  const now = performance.now();
  for (const [index, waiter] of batch.entries()) {
    const events = answer[index + 1] ?? 0;
    if (events !== 0 || now >= waiter.deadline) settle(waiter, events);
  }
}

function failAll(batch: readonly Waiter[], error: number): void {
  for (const waiter of batch) settle(waiter, error);
}
