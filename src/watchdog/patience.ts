// How long a check may take, on a clock that only counts time in which it could have got on.

const SLICES = 4;

/**
 * Calls `over` once `ms` milliseconds have passed with the event loop turning, and never sooner. The monotonic clock of
 * timers stands still while the machine is suspended; but a process that was frozen, stopped, or held by a debugger finds
 * its timers overdue when it goes on, before any answer that has arrived meanwhile. So the time is counted in slices, and
 * one that took twice as long as it should counts for nothing.
 *
 * Does not keep the process alive. @returns what ends it, and tells how many milliseconds have counted.
 */
export function countDown(ms: number, over: () => void): () => number {
  const slice = Math.max(1, ms / SLICES);
  let left = ms;
  let began = performance.now();
  const count = (): void => {
    const now = performance.now();
    const took = now - began;
    began = now;
    if (took < 2 * slice + 1) left -= took;
  };
  const wait = (): NodeJS.Timeout => setTimeout(turn, Math.ceil(Math.min(slice, left))).unref();
  const turn = (): void => {
    count();
    if (left > 0) timer = wait();
    else over();
  };
  let timer = wait();
  return () => {
    clearTimeout(timer);
    count();
    return ms - left;
  };
}
