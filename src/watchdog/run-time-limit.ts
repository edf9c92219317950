// A time limit for a check that only counts time in which the check could proceed.

const SLICES = 4;

/**
 * Calls `over` after `ms` milliseconds in which the event loop ran, never earlier. The monotonic clock of timers stops
 * while the machine is suspended. But if a process was frozen, stopped, or held by a debugger, its timers are overdue
 * when it resumes, before any answer that arrived meanwhile. So the time is counted in slices, and a slice that took
 * more than twice its time is not counted.
 *
 * Does not keep the process alive. @returns a function that ends the countdown and returns the counted milliseconds.
 */
export function limitRunTime(ms: number, over: () => void): () => number {
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
