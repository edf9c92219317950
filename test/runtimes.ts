// What tests run on besides the Node that runs them; test/runtimes.sh installs it.
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'vitest';

export const NODE_MAJORS = [20, 22, 24, 26] as const;

/** The oldest of their lines that package.json allows. */
const OLDEST_NODES = ['20.19', '22.12'] as const;

/** The binary of a major version: this process's own, or the installed one; undefined where there is none. */
export function runtime(major: number): string | undefined {
  if (Number(process.versions.node.split('.')[0]) === major) return process.execPath;
  return installed('node', String(major), 'node');
}

/** A program that test/runtimes.sh has put there. */
export function installed(...path: string[]): string | undefined {
  return executable(cached(...path));
}

/** Where test/runtimes.sh puts something. */
export function cached(...path: string[]): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'readyd', ...path);
}

function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

/** Something that runs a program of a user. */
export interface Runtime {
  readonly name: string;
  /** What stands before the name of the program. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What to do before it can be used. */
  readonly missing?: string;
}

// Debian's libc for arm64, where qemu looks for what an arm64 program asks of the file system.
const ARM64_SYSTEM = '/usr/aarch64-linux-gnu';

const MUSL_LOADER = '/lib/ld-musl-x86_64.so.1';

/** Everything that the package is made for, as far as a machine with an x64 processor can run it. */
export function allRuntimes(): Runtime[] {
  const qemu = executable('/usr/bin/qemu-aarch64-static');
  const arm64 = installed('node-arm64', '22', 'node');
  const bunForMusl = installed('bun-musl', 'bun');
  return [
    ...OLDEST_NODES.map((version) =>
      define(`Node ${version}`, [installed('node', version, 'node')], `test/runtimes.sh ${version}`),
    ),
    ...NODE_MAJORS.map((major) => define(`Node ${major}`, [runtime(major)], `test/runtimes.sh ${major}`)),
    define('Bun', [installed('bun', 'bun')], 'test/runtimes.sh bun'),
    {
      ...define(
        'Bun, musl',
        // The kernel starts it by the loader that it names.
        [executable(MUSL_LOADER) && bunForMusl],
        'apt-get install musl-tools; test/runtimes.sh bun-musl',
      ),
      // The C++ library that Bun needs for itself: test/package/musl/libstdcxx.sh.
      env: { LD_LIBRARY_PATH: dirname(bunForMusl ?? '') },
    },
    // Only who may do everything may look at descriptors in Deno, as the package does at those that were passed.
    define('Deno', [installed('deno', 'deno'), 'run', '--allow-all'], 'test/runtimes.sh deno'),
    {
      ...define(
        'Node 22, arm64',
        [qemu, arm64],
        'apt-get install qemu-user-static g++-aarch64-linux-gnu; test/runtimes.sh arm64',
      ),
      env: { QEMU_LD_PREFIX: ARM64_SYSTEM },
    },
  ];
}

function define(name: string, parts: readonly (string | undefined)[], remedy: string): Runtime {
  const command = parts.filter((part) => part !== undefined);
  return { name, command, env: {}, ...(command.length < parts.length && { missing: remedy }) };
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
