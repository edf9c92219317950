// Whether the dynamic user may read Node and the program: a checkout made by root with a strict umask works in a
// terminal, but not as a service.
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { UnitDefinition } from './definition.ts';
import { realPath } from './places.ts';

const OTHERS_READ = 0o004;
const OTHERS_ENTER = 0o001;

/** One line per warning; empty without warnings, or if a user is named, who may own the files. */
export function unreadable({ node, program, shown, user, manager }: UnitDefinition): string[] {
  if (user !== undefined || manager === 'user') return [];
  const paths = shown.map(({ path }) => realPath(path));
  const closed = [closedPart(node, OTHERS_ENTER, paths), closedPart(program, OTHERS_READ, paths)];
  return [...new Set(closed)].flatMap((path) =>
    path === undefined
      ? []
      : [`note: '${path}' is closed to others, and so to the service: chmod -R o+rX, or --run-as`],
  );
}

/**
 * The file, or the first folder above it, that other users may not use. Bound paths need no access to the folders
 * above.
 */
function closedPart(path: string, need: number, shown: readonly string[]): string | undefined {
  if (!existsSync(path)) return undefined; // the modes on another machine are unknown
  const file = realPath(path);
  if ((statSync(file).mode & need) === 0) return file;
  if (shown.includes(file)) return undefined;
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & OTHERS_ENTER) === 0) return folder;
    if (shown.includes(folder)) return undefined;
  }
  return undefined;
}
