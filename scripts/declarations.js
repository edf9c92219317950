// Tidies the declarations that tsc has written to dist. Removes those that no entry point reaches, and writes a copy of each
// other one for CommonJS, NAME.d.cts, in which relative paths lead to the other copies.
import { readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inputs } from './entry-points.js';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
// Private, by `imports` in package.json.
const PRIVATE = ['manager/manager', 'manager/timeline'];
const RELATIVE = /((?:from|import\()\s*['"])(\.[^'"]*)\.ts(['"])/g;

/** Files, relative to dist and without their endings, that these reach. */
function reach(names) {
  const reached = new Set(names);
  for (const name of reached) {
    const text = readFileSync(join(dist, `${name}.d.ts`), 'utf8');
    for (const [, , path] of text.matchAll(RELATIVE)) reached.add(join(dirname(name), path));
  }
  return reached;
}

const entries = Object.keys(inputs());
const open = reach(entries);
const kept = reach([...entries, ...PRIVATE]);
const names = readdirSync(dist, { recursive: true }).filter((path) => path.endsWith('.d.ts'));
for (const name of names.map((path) => path.slice(0, -'.d.ts'.length))) {
  const path = join(dist, `${name}.d.ts`);
  const text = readFileSync(path, 'utf8');
  rmSync(path);
  if (kept.has(name)) writeFileSync(path, text.replaceAll(RELATIVE, '$1$2.js$3'));
  if (open.has(name)) writeFileSync(join(dist, `${name}.d.cts`), text.replaceAll(RELATIVE, '$1$2.cjs$3'));
}
removeEmptyFolders(dist);

function removeEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name));
  }
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}
