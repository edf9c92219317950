// Where the code of this package is: in its own `dist`, in a bundle, or in an executable.
import { dirname, isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder of the file that this code was built into; undefined where there is no such file.
 *
 * `__dirname` comes first: a bundle in CommonJS has it and no `import.meta`, and where a bundler replaces `import.meta`, the
 * folder is that of the machine that built the bundle.
 */
export function ownFolder(): string | undefined {
  // `node -e` and the REPL have a global of that name, which is '.': an addon must not be taken from the current folder.
  const folder = typeof __dirname === 'string' && isAbsolute(__dirname) ? __dirname : folderOfModule();
  // What Bun has compiled into an executable is in a file system of its own.
  return folder?.startsWith('/$bunfs/') ? dirname(process.execPath) : folder;
}

function folderOfModule(): string | undefined {
  // Members by name alone: bundlers replace `import.meta.url`, and not `import.meta`.
  if (import.meta.dirname !== undefined) return import.meta.dirname;
  const url: string | undefined = import.meta.url;
  return url?.startsWith('file:') ? dirname(fileURLToPath(url)) : undefined;
}
