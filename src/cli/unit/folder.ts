// Puts unit files into a folder. A link that has the name of one of them is never followed: it may lead anywhere, also where
// it seems to lead nowhere.
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UnitFiles } from './files.ts';
import { unfit } from './usage.ts';

/** @throws UsageError for a file, or a link, that is there already, unless `force` replaces it. */
export function writeFiles(files: UnitFiles, folder: string, force: boolean): void {
  const present = [...files.keys()].map((file) => join(folder, file)).find(isThere);
  if (present !== undefined && !force)
    throw unfit('--output', present, 'that file is there already; --force replaces it');
  mkdirSync(folder, { recursive: true });
  for (const [file, content] of files) {
    if (force) replace(join(folder, file), content);
    else writeFileSync(join(folder, file), content, { flag: 'wx' });
  }
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false; // the folder is a file: making it tells
  }
}

/** In one step: systemd never reads half of a file, and a link is replaced by the file. */
function replace(path: string, content: string): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(draft, content, { flag: 'wx' });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
