// Reads the version from the package's own package.json.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** For example `0.1.0`. Searches upwards, because the file may be bundled into any folder of the package. */
export function version(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    const found = read(join(folder, 'package.json'));
    if (found?.name === 'readyd') return found.version ?? 'unknown';
  }
  return 'unknown';
}

function read(path: string): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { name?: string; version?: string }; // npm's own format
  } catch {
    return undefined;
  }
}
