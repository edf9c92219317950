// Extends the manager's fixed deadline while start and stop work, in small steps: if the event loop blocks, or the
// limit is reached, the manager's deadline applies again. EXTEND_TIMEOUT_USEC= in sd_notify(3)
import { extendTimeout } from '../notify/notify.ts';

/** The length of one extension, and the interval between extensions, in milliseconds. */
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
 * Extends the deadline for at most `ms` milliseconds from now, until the returned function is called. Several holds at
 * a time share one message. Keeps the process alive until then, because the caller waits for something.
 */
export function holdDeadline(ms: number, failed: (error: Error) => void): () => void {
  const hold = { until: performance.now() + ms, failed };
  holds.add(hold);
  timer ??= setInterval(extend, ASK_MS);
  // Extend at once: a deadline may be shorter than a second, and the work may block the loop that long.
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
  // If a message already waits for room in the manager's queue, a second one adds nothing.
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
