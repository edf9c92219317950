// Finds the folder of this package's code: its own `dist`, a bundle, or an executable.
import { dirname, isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder of the file that contains this code; undefined if there is no such file.
 *
 * `__dirname` comes first: a CommonJS bundle has no `import.meta`, and if a bundler replaces `import.meta`, the folder
 * is that of the build machine.
 */
export function ownFolder(): string | undefined {
  if (isCompiledByBun()) return dirname(process.execPath);
  // In `node -e` and the REPL the global `__dirname` is '.': the addon must not be loaded from the current folder.
  return typeof __dirname === 'string' && isAbsolute(__dirname) ? __dirname : folderOfModule();
}

/**
 * Bun stores the files of an executable (`bun build --compile`) in a virtual file system. `__dirname` and
 * `import.meta.dirname` are folders of the build machine there, but `Bun.main` is the program that runs.
 */
function isCompiledByBun(): boolean {
  const { Bun } = globalThis as { Bun?: { readonly main?: unknown } }; // exists in Bun only
  return typeof Bun?.main === 'string' && Bun.main.startsWith('/$bunfs/');
}

function folderOfModule(): string | undefined {
  // Reads single members: bundlers replace `import.meta.url`, but not `import.meta`.
  if (import.meta.dirname !== undefined) return import.meta.dirname;
  const url: string | undefined = import.meta.url;
  return url?.startsWith('file:') ? dirname(fileURLToPath(url)) : undefined;
}
