// Distinguishes the main thread: the heartbeat and the descriptors belong to the process, not to a thread.
import { readlinkSync } from 'node:fs';

let isFirst: boolean | undefined;

/**
 * Avoids node:worker_threads: most programs have no worker, and loading it costs a tenth of Node's start. The thread id
 * of the main thread equals the process id, and a worker has another.
 */
export function isMainThread(): boolean {
  isFirst ??= isFirstThread() || process.getBuiltinModule('node:worker_threads').isMainThread;
  return isFirst;
}

/** The number of this thread; 0 for the main thread. */
export function threadNumber(): number {
  return isMainThread() ? 0 : process.getBuiltinModule('node:worker_threads').threadId;
}

/** proc(5); false without /proc. */
function isFirstThread(): boolean {
  try {
    return readlinkSync('/proc/thread-self') === `${process.pid}/task/${process.pid}`;
  } catch {
    return false;
  }
}
