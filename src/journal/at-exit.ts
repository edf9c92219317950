// What still waits when the process ends is written then, and the process stays until journald has read it: only then does
// journald ask /proc whose entry it is, and what a process has written that is gone belongs to no unit. Both together take
// at most a second.
//
// 'exit' covers a normal end, process.exit() and an uncaught exception, in a worker thread its end. A signal that nobody
// handles would end the process without it: as long as something waits, SIGTERM and SIGINT are caught, the entries are
// written, and the signal is raised again with its default action.
import { isMainThread } from '../environment/main-thread.ts';

interface Flushable {
  flushSync(timeoutMs: number): boolean;
  waitUntilRead?(timeoutMs: number): void;
}

const EXIT_MS = 1000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

const flushables = new Set<Flushable>();
const waiting = new Set<Flushable>();
let ending = false;
let arming: NodeJS.Immediate | undefined;
let listening = false;

/** Once for each transport. */
export function flushAtExit(flushable: Flushable): void {
  if (flushables.size === 0) process.on('exit', onExit);
  flushables.add(flushable);
}

/** Whether what is logged now, by another listener of 'exit', has to leave now. */
export function exiting(): boolean {
  return ending;
}

/**
 * Something waits: a signal must not end the process before it is written. Not before the event loop has turned: while a
 * program computes it hears no signal, and the default action is what ends it.
 */
export function catchSignals(flushable: Flushable): void {
  waiting.add(flushable);
  if (!isMainThread() || arming !== undefined) return;
  arming = setImmediate(() => {
    arming = undefined;
    if (waiting.size > 0) listen();
  });
}

/** Nothing waits any more, or nothing that could be written at the end: signals have their default action again. */
export function releaseSignals(flushable: Flushable): void {
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
  // Another listener decides what the signal means.
  if (process.listenerCount(signal) > 1) return;
  flushAll();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}
