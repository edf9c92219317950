// How long a check may take, on a clock that only counts time in which it could have got on.

const SLICES = 4;

/**
 * Calls `over` once `ms` milliseconds have passed with the event loop turning. The monotonic clock of timers stands still
 * while the machine is suspended; but a process that was frozen, stopped, or held by a debugger finds its timers overdue
 * when it goes on, before any answer that has arrived meanwhile. So the time is counted in slices, and one that took
 * twice as long as it should counts for nothing.
 *
 * Does not keep the process alive. @returns what ends it.
 */
export function countDown(ms: number, over: () => void): () => void {
  const slice = ms / SLICES;
  let left = SLICES;
  let began = performance.now();
  const timer = setInterval(
    () => {
      const now = performance.now();
      if (now - began < 2 * Math.max(slice, 1) + 1) left -= 1;
      began = now;
      if (left > 0) return;
      clearInterval(timer);
      over();
    },
    Math.max(1, slice),
  ).unref();
  return () => clearInterval(timer);
}
