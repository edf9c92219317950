// The symbols that the built addon needs from its system: Node-API and a libc, glibc from 2.28 on or musl.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { testWith } from '../left-out.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
// A libc offers the same names on every architecture, where it is not older than the architecture.
const glibc = ['/lib/x86_64-linux-gnu/libc.so.6', '/lib/aarch64-linux-gnu/libc.so.6'].find((path) => existsSync(path));
const glibcLack = glibc === undefined ? { reason: 'there is no glibc where Debian has it' } : undefined;
const musl = `/lib/ld-musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`;

const muslLack = existsSync(musl) ? undefined : { reason: 'musl is not installed', command: 'apt-get install musl' };

// The one that was built here, and those of the package, which `npm run prebuild` makes.
const ADDONS = [
  'build/Release/readyd.node',
  'prebuilds/linux-x64/readyd.node',
  'prebuilds/linux-arm64/readyd.node',
] as const;

// What the linker adds for programs that profile or use transactional memory; weak, so that nobody has to have them.
const WEAK = new Set(['_ITM_deregisterTMCloneTable', '_ITM_registerTMCloneTable', '__gmon_start__']);

function lines(command: string, ...args: string[]): string[] {
  return execFileSync(command, args, { encoding: 'utf8' }).trim().split('\n');
}

interface DynamicSymbol {
  readonly name: string;
  /** As in GLIBC_2.17; undefined for a symbol without a version, which any library may provide. */
  readonly version: string | undefined;
  readonly weak: boolean;
  readonly defined: boolean;
}

/** What the dynamic linker sees. By readelf, which reads the files of every architecture; nm reads those of its own. */
function dynamicSymbols(file: string): DynamicSymbol[] {
  return lines('readelf', '--dyn-syms', '--wide', file)
    .map((line) => line.trim().split(/\s+/))
    .filter(([number = '', , , , , , , name]) => /^\d+:$/.test(number) && name !== undefined)
    .map(([, , , , binding, , section, symbol = '']) => {
      const [name = '', version] = symbol.split(/@+/);
      return { name, version, weak: binding === 'WEAK', defined: section !== 'UND' };
    });
}

function isOld(version: string): boolean {
  const [, minor] = /^GLIBC_2\.(\d+)(?:\.\d+)?$/.exec(version) ?? [];
  return minor !== undefined && Number(minor) <= 28;
}

describe.each(ADDONS)('%s', (path) => {
  const addon = join(root, path);
  if (!existsSync(addon)) {
    const command = `npm run ${path.startsWith('build') ? 'build:native' : 'prebuild'}`;
    testWith({ reason: `${path} is not built`, command }, 'is built', () => undefined);
    return;
  }
  const symbols = dynamicSymbols(addon);
  const wanted = symbols.filter(({ name, defined, weak }) => !defined && !(weak && WEAK.has(name)));
  const libcNames = wanted.map(({ name }) => name).filter((name) => !/^(napi|node_api)_\w+$/.test(name));

  // glibc and musl both are in their program before any addon. Bun for musl refuses a file that names glibc's.
  it('names no library, not even libc, which its host brings', () => {
    const needed = lines('readelf', '-d', addon).filter((line) => /\((NEEDED|VERNEED)\)/.test(line));
    expect(needed).toEqual([]);
    expect(wanted.filter(({ version }) => version !== undefined)).toEqual([]);
  });

  // No libuv, no V8, no C++ library.
  testWith(glibcLack, 'takes Node-API, and what glibc 2.28 has', () => {
    const offered = new Set(
      dynamicSymbols(glibc ?? '')
        .filter(({ defined, version = '' }) => defined && isOld(version))
        .map(({ name }) => name),
    );
    expect(wanted.map(({ name }) => name)).toEqual(expect.arrayContaining(['napi_create_promise', 'sendmsg']));
    expect(libcNames.filter((name) => !offered.has(name))).toEqual([]);
  });

  testWith(muslLack, 'finds that in musl, too', () => {
    const offered = new Set(
      dynamicSymbols(musl)
        .filter(({ defined }) => defined)
        .map(({ name }) => name),
    );
    expect(libcNames.filter((name) => !offered.has(name))).toEqual([]);
  });

  it('shows its host the two functions of a Node-API module and nothing else', () => {
    const defined = symbols.filter((symbol) => symbol.defined).map(({ name }) => name);
    expect(new Set(defined)).toEqual(new Set(['napi_register_module_v1', 'node_api_module_get_api_version_v1']));
  });

  it('has no executable stack, and its relocations are sealed', () => {
    const headers = lines('readelf', '-lW', addon);
    expect(headers.find((line) => line.includes('GNU_STACK'))).toMatch(/ RW /);
    expect(headers.some((line) => line.includes('GNU_RELRO'))).toBe(true);
    expect(lines('readelf', '-d', addon).some((line) => line.includes('NOW'))).toBe(true);
  });
});
