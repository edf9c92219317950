// Refuses to publish a package that lacks an architecture or a file, has an unlisted file, has grown too large, or names a
// repository that did not build it. `npm publish` runs this script; `check-release.js TARBALL` reads an existing tarball.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const BINARIES = ['prebuilds/linux-x64/readyd.node', 'prebuilds/linux-arm64/readyd.node'];
const LISTED = /^(dist\/.+\.(c?js|d\.c?ts)|package\.json|(README|CHANGELOG|SECURITY)\.md|LICENSE)$/;
// The links of README.md lead to these, also where the package is installed.
const DOCUMENT = /^(docs\/[\w-]+\.(md|svg)|examples\/[\w/-]+\.(md|html|js|ts|json|service|socket))$/;
// There are two builds; one is for tools that accept only CommonJS.
const MOST_BYTES = 1536 * 1024;
const MOST_BYTES_OF_DOCUMENTS = 384 * 1024;
const MOST_BYTES_OF_A_BINARY = 60_000;

/** The files that npm would pack now, without another build. */
function whatNpmPacks() {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
  });
  return JSON.parse(output)[0].files;
}

/** The files of a tarball, in the form of npm's list. */
function whatIsIn(tarball) {
  const all = execFileSync('tar', ['-tvzf', tarball], { encoding: 'utf8' }).trim().split('\n');
  const lines = all.filter((line) => !line.startsWith('d'));
  return lines.map((line) => {
    const [, , size, , , path = ''] = line.split(/\s+/);
    return { path: path.replace(/^package\//, ''), size: Number(size) };
  });
}

const [tarball] = process.argv.slice(2);
const { exports, repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The files of one entry, for all conditions. */
function targets(target) {
  return typeof target === 'string' ? [target] : Object.values(target).flatMap(targets);
}

/** The files that package.json tells users to import. */
function exported() {
  return new Set(targets(exports).map((path) => path.replace(/^\.\//, '')));
}

function sizeOf(files) {
  return files.reduce((sum, { size }) => sum + size, 0);
}

function* faults(files) {
  const paths = files.map(({ path }) => path);
  for (const path of [...BINARIES, ...exported(), 'README.md', 'LICENSE', 'CHANGELOG.md']) {
    if (!paths.includes(path)) yield `${path} is missing`;
  }
  for (const path of paths) {
    if (!LISTED.test(path) && !DOCUMENT.test(path) && !BINARIES.includes(path)) yield `${path} is not on the list`;
  }
  for (const { path, size } of files) {
    if (path.endsWith('.node') && size > MOST_BYTES_OF_A_BINARY) yield `${path} has ${size} bytes`;
  }
  // The registry refuses the provenance if package.json names another repository.
  const { GITHUB_REF_TYPE, GITHUB_REPOSITORY } = process.env;
  const told = String(repository?.url ?? repository).replace(/\.git$/, '');
  if (GITHUB_REF_TYPE === 'tag' && !told.endsWith(`/${GITHUB_REPOSITORY}`)) {
    yield `"repository" in package.json is ${told}, but this is ${GITHUB_REPOSITORY}`;
  }
  if (tarball !== undefined) {
    const manifest = execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' });
    const scripts = Object.keys(JSON.parse(manifest).scripts ?? {});
    if (scripts.length > 0) yield `package.json has scripts: ${scripts.join(', ')}`;
  }
  const documents = sizeOf(files.filter(({ path }) => DOCUMENT.test(path)));
  const others = sizeOf(files) - documents;
  if (others > MOST_BYTES) yield `unpacked, it has ${others} bytes, more than ${MOST_BYTES}`;
  if (documents > MOST_BYTES_OF_DOCUMENTS) {
    yield `its documents have ${documents} bytes, more than ${MOST_BYTES_OF_DOCUMENTS}`;
  }
}

const files = tarball === undefined ? whatNpmPacks() : whatIsIn(tarball);
const found = [...faults(files)];
for (const fault of found) console.error(`check-release.js: ${fault}`);
if (found.length > 0) process.exit(1);
const packed = tarball === undefined ? '' : `, ${statSync(tarball).size} bytes packed`;
console.log(`${files.length} files, ${sizeOf(files)} bytes unpacked${packed}`);
