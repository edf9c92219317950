// The versions of Node that tests run on besides the one that runs them; test/runtimes.sh installs them.
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';

export const NODE_MAJORS = [20, 22, 24, 26] as const;

/** The binary of a major version: this process's own, or the installed one; undefined where there is none. */
export function runtime(major: number): string | undefined {
  if (Number(process.versions.node.split('.')[0]) === major) return process.execPath;
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const path = join(cache, 'readyd/node', String(major), 'node');
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

/** A `describe` for each version. One that is not there is skipped, and says so; on CI it is a failure. */
export function describeOnRuntimes(title: string, context: (node: string, major: number) => void): void {
  for (const major of NODE_MAJORS) {
    const node = runtime(major);
    const name = `${title} on Node ${major}`;
    if (node === undefined) refuse(name, `not installed: run test/runtimes.sh ${major}`, () => context('node', major));
    else describe(name, () => context(node, major));
  }
}

function refuse(name: string, reason: string, context: () => void): void {
  console.warn(`${name}: ${reason}`);
  if (process.env.CI) {
    test(name, () => {
      throw new Error(`on CI that is a failure: ${reason}`);
    });
  } else describe.skip(`${name}: ${reason}`, context);
}
