// The end of the process: every part that has something left to send finishes it here, in one 'exit' listener (Node
// warns about more than ten) and within one budget, so that the waits of several parts do not add up. 'exit' covers a
// normal end, process.exit() and an uncaught exception; in a worker thread, the thread's end.
import { processWide } from './process-mark.ts';

/** How long all parts together may block the exit of the process, in milliseconds. */
const EXIT_MS = 1000;

/** A part that has work at exit. */
export interface ExitStep {
  /** Finishes the work, in at most `timeoutMs`; returns whether nothing is left. Called again if time is left. */
  flushSync(timeoutMs: number): boolean;
  /** Waits until the receiver has read all messages, for at most `timeoutMs`. Called after all parts have sent theirs. */
  waitUntilRead?(timeoutMs: number): void;
}

/** The part of the budget that is left: all copies of this package share it. */
const budget = processWide('exit-budget@1', (): { leftMs: number } => ({ leftMs: EXIT_MS }));
const steps = new Set<ExitStep>();
let ending = false;

/** Runs the step when the process exits; the returned function cancels that. */
export function atExit(step: ExitStep): () => void {
  if (steps.size === 0) process.on('exit', onExit);
  steps.add(step);
  return () => {
    if (steps.delete(step) && steps.size === 0) process.off('exit', onExit);
  };
}

/** Whether the process is exiting: promises no longer settle, so what is logged now must be sent at once. */
export function exiting(): boolean {
  // Node sets the member before it calls the listeners of 'exit'. Ours may come too late: the first entry of a program may
  // be one that such a listener logs.
  return ending || (process as { readonly _exiting?: unknown })._exiting === true;
}

function onExit(): void {
  ending = true;
  runExitSteps();
}

/** Runs `work` with the rest of the budget, and subtracts the time that it takes. */
export function spendExitTime<T>(work: (timeoutMs: number) => T): T {
  const began = performance.now();
  try {
    return work(budget.leftMs);
  } finally {
    budget.leftMs = Math.max(0, budget.leftMs - (performance.now() - began));
  }
}

/** Runs the steps of all parts, the newest first: at exit, or because a signal ends the process. */
export function runExitSteps(): void {
  const all = [...steps].toReversed();
  // First without a wait, so that a receiver that does not read takes no time from those that do.
  const unfinished = all.filter((step) => !spendExitTime(() => step.flushSync(0)));
  for (const [index, step] of unfinished.entries())
    spendExitTime((ms) => step.flushSync(ms / (unfinished.length - index)));
  for (const step of all) spendExitTime((ms) => step.waitUntilRead?.(ms));
}
