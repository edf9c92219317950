// What tests run on besides the Node that runs them; test/runtimes.sh installs it.
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describeWith, type Lack } from './left-out.ts';

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
  readonly missing?: Lack;
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
        'apt-get install musl-tools && test/runtimes.sh bun-musl',
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
        'apt-get install qemu-user-static g++-aarch64-linux-gnu && test/runtimes.sh arm64',
      ),
      env: { QEMU_LD_PREFIX: ARM64_SYSTEM },
    },
  ];
}

function define(name: string, parts: readonly (string | undefined)[], remedy: string): Runtime {
  const command = parts.filter((part) => part !== undefined);
  return {
    name,
    command,
    env: {},
    ...(command.length < parts.length && { missing: { reason: `${name} is not installed`, command: remedy } }),
  };
}

/** A `describe` for each version. One that is not there is left out, with the reason. */
export function describeOnRuntimes(title: string, context: (node: string, major: number) => void): void {
  for (const major of NODE_MAJORS) {
    const node = runtime(major);
    describeWith(lackOfNode(major), `${title} on Node ${major}`, () => context(node ?? 'node', major));
  }
}

/** What a version of Node is left out for; undefined where it is installed. */
export function lackOfNode(major: number): Lack | undefined {
  if (runtime(major) !== undefined) return undefined;
  return { reason: `Node ${major} is not installed`, command: `test/runtimes.sh ${major}` };
}
