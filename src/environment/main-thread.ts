// Some things belong to the process and not to a thread: its heartbeat, its descriptors.
import { readlinkSync } from 'node:fs';

let isFirst: boolean | undefined;

/**
 * Asked without the module that knows: most programs have no worker, and loading it costs a tenth of what Node takes to
 * start. A worker never runs in the thread that the process began with, which has the number of the process.
 */
export function isMainThread(): boolean {
  isFirst ??= isFirstThread() || process.getBuiltinModule('node:worker_threads').isMainThread;
  return isFirst;
}

/** The number of this thread, 0 for the main thread. */
export function threadNumber(): number {
  return isMainThread() ? 0 : process.getBuiltinModule('node:worker_threads').threadId;
}

/** proc(5); false where there is no /proc. */
function isFirstThread(): boolean {
  try {
    return readlinkSync('/proc/thread-self') === `${process.pid}/task/${process.pid}`;
  } catch {
    return false;
  }
}
