// Ends the process after the service has stopped.
import type { Journal } from '../journal/logger.ts';
import { isClusterWorker } from '../sockets/cluster.ts';

/** How long a stopped process may take to exit without `process.exit()`, in milliseconds. */
const LEFTOVER_MS = 1000;

/**
 * Lets the process exit on its own, and calls exit if something keeps it alive. Logs what that was, because it delays
 * every restart by a second. Open handles are expected, and not logged, without a `stop` function and in a cluster
 * worker, which has a channel to its primary.
 */
export function endProcess(log: Journal, how: { readonly failed: boolean; readonly hasStop: boolean }): void {
  if (how.failed) process.exitCode = 1;
  const expected = how.failed || !how.hasStop || isClusterWorker();
  const end = (): void => {
    if (!expected) log.notice(`stop() has left something open, which keeps the process alive: ${leftovers()}`);
    process.exit();
  };
  // Runs after the lines that follow `await service(…)`, and does not keep the process alive.
  setTimeout(end, expected ? 0 : LEFTOVER_MS).unref();
}

/** For example `TCPServerWrap, Timeout`. */
function leftovers(): string {
  const names = process.getActiveResourcesInfo().filter((name) => name !== 'TTYWrap');
  return [...new Set(names)].join(', ') || 'Node does not tell what';
}
