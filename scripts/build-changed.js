// Builds dist and the examples, unless they are newer than every source file. `npm ci` builds dist, and `npm test` does not
// build it again.
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COMMON = ['package.json', 'package-lock.json', 'scripts', 'src', 'tsconfig.json'];
/** `last` is written at the end of a build that succeeds, and is not there after one that fails. */
const BUILDS = [
  { script: 'build:dist', last: 'dist/index.d.cts', from: [...COMMON, 'rolldown.config.js', 'tsconfig.build.json'] },
  {
    script: 'build:examples',
    last: 'build/examples/http-server/demo.js',
    from: [...COMMON, 'examples', 'test/systemd', 'tsconfig.examples.json'],
  },
];

/** When a file, or anything in a folder, changed last. A file that was added or removed changes its folder. */
function changedAt(path) {
  const status = statSync(path);
  if (!status.isDirectory()) return status.mtimeMs;
  const names = readdirSync(path).filter((name) => name !== 'node_modules');
  return Math.max(status.mtimeMs, ...names.map((name) => changedAt(join(path, name))));
}

/** Whether `last` was written after every change of `from`, all of them paths in `root`. */
export function isFresh(root, { last, from }) {
  const built = statSync(join(root, last), { throwIfNoEntry: false });
  return built !== undefined && from.every((path) => changedAt(join(root, path)) < built.mtimeMs);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  for (const build of BUILDS) {
    if (!isFresh(root, build)) execFileSync('npm', ['run', build.script], { cwd: root, stdio: 'inherit' });
  }
}
