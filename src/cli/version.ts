// Reads the version from the package's own package.json.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `0.1.0` */
export function version(): string {
  return read(packageFolder())?.version ?? 'unknown';
}

/** The folder of the package: this file may be bundled into any folder below it. */
export function packageFolder(): string {
  const own = dirname(fileURLToPath(import.meta.url));
  for (let folder = own; folder !== dirname(folder); folder = dirname(folder)) {
    if (read(folder)?.name === 'readyd') return folder;
  }
  return own;
}

function read(folder: string): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string; version?: string }; // npm's own format
  } catch {
    return undefined;
  }
}
