// The service manager gives start and stop a fixed time. While they work they get more, a little at a time: once the
// event loop stands still, or the limit is reached, the manager's deadline applies again. EXTEND_TIMEOUT_USEC= in
// sd_notify(3)
import { extendTimeout } from '../notify/notify.ts';

/** How much more is asked for at a time, and how often, in milliseconds. */
const SLICE_MS = 5000;
const ASK_MS = 1000;

interface Hold {
  readonly until: number;
  readonly failed: (error: Error) => void;
}

const holds = new Set<Hold>();
let timer: NodeJS.Timeout | undefined;
let waiting = false;

/**
 * Extends the deadline for at most `ms` milliseconds from now, until the returned function is called. Several at a time
 * send one message, not several. Until then the process stays alive: something is being waited for.
 */
export function holdDeadline(ms: number, failed: (error: Error) => void): () => void {
  const hold = { until: performance.now() + ms, failed };
  holds.add(hold);
  timer ??= setInterval(extend, ASK_MS);
  // At once: a deadline may be shorter than a second, and what is held may block the loop for as long.
  extend();
  return () => {
    holds.delete(hold);
    if (holds.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function extend(): void {
  const left = Math.max(...[...holds].map(({ until }) => until)) - performance.now();
  // A message that waits for room in the manager's queue says all that a second one would.
  if (left < 1 || waiting) return;
  waiting = true;
  extendTimeout(Math.min(left, SLICE_MS))
    .catch((error: Error) => {
      for (const { failed } of holds) failed(error);
    })
    .finally(() => {
      waiting = false;
    });
}
