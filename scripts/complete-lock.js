// Completes package-lock.json after an `npm install`, which may leave out the optional packages of other platforms or their
// checksums. Then `npm ci` refuses the lock, or installs packages without comparing their checksums. npm adds them if no
// package is installed.
//
//   complete-lock.js [FOLDER]   default: the one of this checkout
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
const path = join(folder, 'package-lock.json');

function entriesWithoutChecksum(lock) {
  const entries = Object.entries(lock.packages);
  return entries.filter(([name, { integrity, link }]) => name !== '' && !integrity && !link).map(([name]) => name);
}

const lock = JSON.parse(readFileSync(path, 'utf8'));
for (const name of entriesWithoutChecksum(lock)) delete lock.packages[name];
const copy = mkdtempSync(join(tmpdir(), 'readyd-lock-'));
try {
  copyFileSync(join(folder, 'package.json'), join(copy, 'package.json'));
  if (existsSync(join(folder, '.npmrc'))) copyFileSync(join(folder, '.npmrc'), join(copy, '.npmrc'));
  writeFileSync(join(copy, 'package-lock.json'), JSON.stringify(lock));
  const args = [
    'install',
    '--package-lock-only',
    '--ignore-scripts',
    '--omit-lockfile-registry-resolved',
    '--no-audit',
    '--no-fund',
  ];
  execFileSync('npm', args, { cwd: copy, stdio: 'inherit' });
  const completed = readFileSync(join(copy, 'package-lock.json'), 'utf8');
  const left = entriesWithoutChecksum(JSON.parse(completed));
  if (left.length > 0) throw new Error(`the registry has no checksum of ${left.join(', ')}`);
  writeFileSync(path, completed);
} finally {
  rmSync(copy, { recursive: true });
}
