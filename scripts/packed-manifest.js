// The packed package.json has no scripts. npm 11 and later lists a package with `prepare` among those that run a script at
// their installation, and our scripts name files that are not in the package.
//
//   packed-manifest.js write     puts it in the place of package.json: `prepack` does it last
//   packed-manifest.js restore   puts package.json back: `postpack`
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = fileURLToPath(new URL('../package.json', import.meta.url));
const kept = fileURLToPath(new URL('../build/package.json', import.meta.url));

/** The compilers with which scripts/prebuild.js has built the addons. */
const compilers = fileURLToPath(new URL('../build/prebuilds.json', import.meta.url));

/** The text of package.json as it is packed. */
export function packedManifest() {
  const { scripts: _, allowScripts: __, devDependencies: ___, ...manifest } = JSON.parse(readFileSync(path, 'utf8'));
  const builtWith = existsSync(compilers) ? JSON.parse(readFileSync(compilers, 'utf8')) : {};
  return `${JSON.stringify({ ...manifest, scripts: {}, builtWith }, null, 2)}\n`;
}

function write() {
  mkdirSync(fileURLToPath(new URL('../build', import.meta.url)), { recursive: true });
  const packed = packedManifest();
  // After an interrupted pack, the kept copy is the original.
  if (!existsSync(kept)) writeFileSync(kept, readFileSync(path));
  writeFileSync(path, packed);
}

function restore() {
  if (existsSync(kept)) renameSync(kept, path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const work = { write, restore }[process.argv[2]];
  if (work === undefined) throw new Error('packed-manifest.js write|restore');
  work();
}
