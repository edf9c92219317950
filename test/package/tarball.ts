// The package as it would be published, for tests that install it: from the builds that are there.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lack } from '../left-out.ts';

const PREBUILT = `prebuilds/linux-${process.arch}/readyd.node`;

export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** Environment of somebody who starts npm by hand, and not by the `npm test` that runs this. */
export function plainEnvironment(): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_nodedir$)|READYD_|INIT_CWD$|NODE_ENV$)/.test(name),
  );
  return Object.fromEntries(inherited);
}

/** The missing builds without which no tarball can be made; undefined if all exist. */
export function lackOfPackage(): Lack | undefined {
  if (existsSync(join(root, PREBUILT))) return undefined;
  return { reason: 'the prebuilt addon is not built', command: 'npm run prebuild' };
}

/** Puts it into a folder and returns its path. */
export function packInto(folder: string): string {
  for (const path of ['dist/index.js', PREBUILT]) {
    if (!existsSync(join(root, path))) throw new Error(`no ${path}: npm run build:dist && npm run prebuild`);
  }
  const output = execFileSync(process.execPath, [join(root, 'scripts/pack.js'), folder], {
    cwd: root,
    encoding: 'utf8',
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return output.trim();
}
