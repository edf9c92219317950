// Where the file is that makes a service of a program which was not written for systemd: docs/auto.md.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageFolder } from './version.ts';

const FILE = 'dist/auto.cjs';

/** The preload of this package, by an absolute path: it works for programs that do not depend on readyd. */
export function ownPreload(): string {
  return join(packageFolder(), FILE);
}

/** The preload that a program has in its own node_modules; otherwise the one of this package. */
export function preloadFor(program: string): string {
  for (let folder = dirname(program); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'node_modules/readyd', FILE);
    if (existsSync(file)) return file;
  }
  return ownPreload();
}

/** Adds the preload to the value of $NODE_OPTIONS, whose words may be quoted. */
export function withPreload(options: string | undefined, preload: string): string {
  const quoted = `--require="${preload.replaceAll(/["\\]/g, '\\$&')}"`;
  return options === undefined || options === '' ? quoted : `${options} ${quoted}`;
}
