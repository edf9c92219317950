// At exit, writes the waiting entries and keeps the process alive until journald has read them. journald looks up the
// sender in /proc when it reads an entry, and cannot attribute entries of a process that has exited. Both steps
// together take at most a second.
//
// 'exit' covers a normal end, process.exit() and an uncaught exception; in a worker thread, the thread's end. A signal
// without a handler would end the process before 'exit'. So while entries wait, SIGTERM and SIGINT are caught, the
// entries are written, and the signal is raised again with its default action. This ends when nothing has been written
// for a second: at exit nothing would be written either, and a program that computes never runs the handler.
import { isMainThread } from '../environment/main-thread.ts';

interface Flushable {
  flushSync(timeoutMs: number): boolean;
  waitUntilRead?(timeoutMs: number): void;
}

const EXIT_MS = 1000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

const flushables = new Set<Flushable>();
const waiting = new Set<Flushable>();
/** Since when the last attempts have written nothing. */
const stuckSince = new Map<Flushable, number>();
let ending = false;
let arming: NodeJS.Immediate | undefined;
let listening = false;

/** Call once for each transport. */
export function flushAtExit(flushable: Flushable): void {
  if (flushables.size === 0) process.on('exit', onExit);
  flushables.add(flushable);
}

/** Whether the process is exiting: entries that another 'exit' listener logs must be sent immediately. */
export function exiting(): boolean {
  return ending;
}

/**
 * Catches signals, because entries are waiting. Starts with the next turn of the event loop: signal handlers do not run
 * while the program computes, so until then the default action must end the process.
 */
export function catchSignals(flushable: Flushable): void {
  waiting.add(flushable);
  if (!isMainThread() || arming !== undefined) return;
  arming = setImmediate(() => {
    arming = undefined;
    if (waiting.size > 0) listen();
  });
}

/** Call this after each attempt to write while entries wait. */
export function catchSignalsDuring(flushable: Flushable, isProgress: boolean): void {
  if (isProgress) {
    stuckSince.delete(flushable);
    catchSignals(flushable);
    return;
  }
  const since = stuckSince.get(flushable) ?? performance.now();
  stuckSince.set(flushable, since);
  if (performance.now() - since >= EXIT_MS) stopCatching(flushable);
}

/** Restores the default action of the signals: no entries wait. */
export function releaseSignals(flushable: Flushable): void {
  stuckSince.delete(flushable);
  stopCatching(flushable);
}

function stopCatching(flushable: Flushable): void {
  waiting.delete(flushable);
  if (waiting.size === 0) unlisten();
}

function listen(): void {
  if (listening) return;
  listening = true;
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function unlisten(): void {
  listening = false;
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function onExit(): void {
  ending = true;
  flushAll();
}

function flushAll(): void {
  const deadline = performance.now() + EXIT_MS;
  for (const flushable of flushables) flushable.flushSync(Math.max(0, deadline - performance.now()));
  for (const flushable of flushables) flushable.waitUntilRead?.(Math.max(0, deadline - performance.now()));
}

function onSignal(signal: NodeJS.Signals): void {
  // With another listener, that listener decides how to react to the signal.
  if (process.listenerCount(signal) > 1) return;
  flushAll();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}
