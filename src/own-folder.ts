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
  // In `node -e` and the REPL the global `__dirname` is '.': the addon must not be loaded from the current folder.
  const folder = typeof __dirname === 'string' && isAbsolute(__dirname) ? __dirname : folderOfModule();
  // Bun stores the files of a compiled executable in a virtual file system.
  return folder?.startsWith('/$bunfs/') ? dirname(process.execPath) : folder;
}

function folderOfModule(): string | undefined {
  // Reads single members: bundlers replace `import.meta.url`, but not `import.meta`.
  if (import.meta.dirname !== undefined) return import.meta.dirname;
  const url: string | undefined = import.meta.url;
  return url?.startsWith('file:') ? dirname(fileURLToPath(url)) : undefined;
}
