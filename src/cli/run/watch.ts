// Reports changed files, once for all changes at about the same time.
import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../unit/usage.ts';

/** Editors and compilers write in several steps. */
const QUIET_MS = 80;
const IGNORED = /(^|\/)(node_modules|\.git)(\/|$)|~$|\.sw[a-z]$/;

/**
 * Watches files, and folders recursively, except node_modules and .git. The returned function ends it.
 * @throws UsageError if the path does not exist.
 */
export function watchPaths(paths: readonly string[], changed: (path: string) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const notice = (path: string): void => {
    if (IGNORED.test(path)) return;
    clearTimeout(timer);
    timer = setTimeout(() => changed(path), QUIET_MS);
  };
  const watchers = paths.map((path) => watchPath(path, notice));
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}

function watchPath(path: string, notice: (path: string) => void): FSWatcher {
  try {
    if (statSync(path).isDirectory()) {
      return watch(path, { recursive: true }, (_, name) => notice(join(path, name ?? '')));
    }
    // Watches the folder, because most editors replace a file, and a watch on the file would end.
    const name = basename(path);
    return watch(dirname(resolve(path)), (_, changed) => {
      if (changed === name) notice(path);
    });
  } catch (error) {
    throw new UsageError(`--watch: ${error instanceof Error ? error.message : String(error)}`);
  }
}
