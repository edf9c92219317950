// A signal without a handler would end the process before 'exit'. So while entries wait, SIGTERM and SIGINT are caught,
// the process finishes what at-exit.ts lists, and the signal is raised again with its default action. This ends when
// nothing has been written for a second: at exit nothing would be written either, and a program that computes never
// runs the handler.
import { runExitSteps } from '../at-exit.ts';
import { isMainThread } from '../environment/main-thread.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** After this time without progress, the signals have their default action again. */
const STUCK_MS = 1000;

/** The transports and sinks whose entries wait. */
const waiting = new Set<object>();
/** Since when the last attempts have written nothing. */
const stuckSince = new Map<object, number>();
let arming: NodeJS.Immediate | undefined;
let listening = false;

/**
 * Catches the signals, because entries of `owner` wait. Starts with the next turn of the event loop: signal handlers do
 * not run while the program computes, so until then the default action must end the process.
 */
export function catchEndSignals(owner: object): void {
  waiting.add(owner);
  if (!isMainThread() || arming !== undefined) return;
  arming = setImmediate(() => {
    arming = undefined;
    if (waiting.size > 0) listen();
  });
}

/** Call this after each attempt to write while entries wait. */
export function catchEndSignalsDuring(owner: object, isProgress: boolean): void {
  if (isProgress) {
    stuckSince.delete(owner);
    catchEndSignals(owner);
    return;
  }
  const since = stuckSince.get(owner) ?? performance.now();
  stuckSince.set(owner, since);
  if (performance.now() - since >= STUCK_MS) stopCatching(owner);
}

/** Restores the default action of the signals: no entries wait. */
export function releaseEndSignals(owner: object): void {
  stuckSince.delete(owner);
  stopCatching(owner);
}

function stopCatching(owner: object): void {
  waiting.delete(owner);
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

function onSignal(signal: NodeJS.Signals): void {
  // With another listener, that listener decides how to react to the signal.
  if (process.listenerCount(signal) > 1) return;
  runExitSteps();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}
