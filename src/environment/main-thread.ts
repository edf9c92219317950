// Some things belong to the process and not to a thread: its heartbeat, its descriptors.

/** Asked without an import: most programs have no worker, and loading the module costs every one of them. */
export function isMainThread(): boolean {
  return process.getBuiltinModule('node:worker_threads').isMainThread;
}

/** The number of this thread, 0 for the main thread. */
export function threadNumber(): number {
  return process.getBuiltinModule('node:worker_threads').threadId;
}
