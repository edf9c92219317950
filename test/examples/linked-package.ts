// The programs of examples/frameworks import `readyd`, like a package that depends on readyd. A link to the whole package
// would contain itself.
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Lack } from '../left-out.ts';
import { packageRoot } from '../systemd/boot.ts';

export const FRAMEWORKS: string = join(packageRoot(), 'examples/frameworks');

/** The missing ones of these packages, and the command that installs them; undefined if all are installed. */
export function lackOf(packages: readonly string[]): Lack | undefined {
  const missing = packages.filter((name) => !existsSync(join(FRAMEWORKS, 'node_modules', name)));
  if (missing.length === 0) return undefined;
  const command = 'npm ci --ignore-scripts --prefix examples/frameworks';
  return { reason: `${missing.join(', ')} are not installed`, command };
}

export function linkPackage(): void {
  const folder = join(FRAMEWORKS, 'node_modules/readyd');
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(packageRoot(), 'package.json'), join(folder, 'package.json'));
  if (!existsSync(join(folder, 'dist'))) symlinkSync('../../../../dist', join(folder, 'dist'));
}
