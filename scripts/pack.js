// Packs the existing builds without another build, and prints the path of the tarball. Packs a copy, because `npm pack`
// changes package.json for a moment, and other programs read it meanwhile.
//
//   pack.js [FOLDER]   default: this one
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packedManifest } from './packed-manifest.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const destination = resolve(process.argv[2] ?? '.');
const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const copy = mkdtempSync(join(tmpdir(), 'readyd-pack-'));
try {
  // Those with a `!` are not in the package: npm leaves them out.
  for (const name of [...files, 'README.md', 'LICENSE'].filter((pattern) => !pattern.startsWith('!'))) {
    const filter = (path) => basename(path) !== 'node_modules';
    if (existsSync(join(root, name))) cpSync(join(root, name), join(copy, name), { recursive: true, filter });
  }
  writeFileSync(join(copy, 'package.json'), packedManifest());
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination];
  const output = execFileSync('npm', args, { cwd: copy, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const report = JSON.parse(output);
  // A list in npm 10 and 11, an object by name in npm 12.
  const [{ filename }] = Object.values(report);
  console.log(join(destination, filename));
} finally {
  rmSync(copy, { recursive: true });
}
