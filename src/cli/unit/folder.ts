// Writes unit files into a folder. Never follows a symbolic link with the name of a unit file: its target may be
// anywhere, even if the link seems broken.
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { GeneratedFiles } from './files.ts';
import { unfit } from './usage.ts';

/** @throws UsageError if a file or link already exists, unless `force` replaces it. */
export function writeFiles(files: GeneratedFiles, folder: string, force: boolean): void {
  const present = [...files.keys()].map((file) => join(folder, file)).find(isThere);
  if (present !== undefined && !force)
    throw unfit('--output', present, 'that file is there already; --force replaces it');
  makeFolder(folder);
  for (const [file, content] of files) {
    if (force) replace(join(folder, file), content);
    else writeFileSync(join(folder, file), content, { flag: 'wx' });
  }
}

/** With `recursive`, mkdirSync() of Node does not return for a folder in /proc, where none can be made. */
function makeFolder(folder: string): void {
  if (isThere(folder) && statSync(folder).isDirectory()) return;
  if (!isThere(folder) && dirname(folder) !== folder) makeFolder(dirname(folder));
  mkdirSync(folder);
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false; // the folder is a file: creating it will report that
  }
}

/** Atomic: systemd never reads a partial file, and the file replaces a link. */
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
