// Finds the file of the worker that diagnoses a blocked event loop.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownFolder } from '../own-folder.ts';

/** Built from diagnosis-worker.ts as CommonJS, because such a file runs in any folder. */
export const SCRIPT = 'diagnosis-worker.cjs';

/**
 * The worker is a separate file beside the code of this package, or beside the bundle that contains the code. The
 * literal URL lets tools that trace, copy or bundle files find the worker and rewrite the path.
 */
export function findScript(): string {
  const folder = ownFolder();
  const beside = folder === undefined ? SCRIPT : join(folder, SCRIPT);
  if (existsSync(beside)) return beside;
  try {
    const copied = fileURLToPath(new URL('./diagnosis-worker.cjs', import.meta.url));
    if (existsSync(copied)) return copied;
  } catch {
    // A bundle without import.meta.
  }
  throw new Error(`there is no ${beside}: copy it from node_modules/readyd/dist to there`);
}
