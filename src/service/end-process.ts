// The end of the process, once the service has stopped.
import { isPoolWorker } from '../environment/pool-worker.ts';
import type { Journal } from '../journal/logger.ts';

/** How long a stopped process may take to exit without `process.exit()`, in milliseconds. */
const LEFTOVER_MS = 1000;

/**
 * Lets the process end by itself, and ends it where something is left that keeps it alive. Such a thing is told, since
 * it costs every restart a second; not where it had to be expected, because nothing was there to close it.
 */
export function endProcess(log: Journal, how: { readonly failed: boolean; readonly hasStop: boolean }): void {
  if (how.failed) process.exitCode = 1;
  const expected = how.failed || !how.hasStop || isPoolWorker();
  const end = (): void => {
    if (!expected) log.notice(`stop() has left something open, which keeps the process alive: ${leftovers()}`);
    process.exit();
  };
  // Never before the lines after `await service(…)`, nor keeping alive what would end by itself.
  setTimeout(end, expected ? 0 : LEFTOVER_MS).unref();
}

/** Such as `TCPServerWrap, Timeout`. */
function leftovers(): string {
  const names = process.getActiveResourcesInfo().filter((name) => name !== 'TTYWrap');
  return [...new Set(names)].join(', ') || 'Node does not tell what';
}
