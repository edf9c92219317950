// What the built addon asks of the system it is loaded on: Node-API and a libc, glibc from 2.28 on or musl.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
// musl offers the same names on every architecture.
const musl = `/lib/ld-musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`;

// The one that was built here, and those of the package, which `npm run prebuild` makes.
const ADDONS = [
  'build/Release/readyd.node',
  'prebuilds/linux-x64/readyd.node',
  'prebuilds/linux-arm64/readyd.node',
] as const;

// What the linker adds for programs that profile or use transactional memory; weak, so that nobody has to have them.
const WEAK = new Set(['_ITM_deregisterTMCloneTable', '_ITM_registerTMCloneTable', '__gmon_start__']);

interface Wanted {
  readonly name: string;
  /** As in GLIBC_2.17; undefined for what is not of glibc. */
  readonly version: string | undefined;
}

function lines(command: string, ...args: string[]): string[] {
  return execFileSync(command, args, { encoding: 'utf8' }).trim().split('\n');
}

interface DynamicSymbol extends Wanted {
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
  const isBuilt = existsSync(addon);
  if (!isBuilt && !process.env.CI) {
    it.skip(`is not built: npm run ${path.startsWith('build') ? 'build:native' : 'prebuild'}`);
    return;
  }
  const symbols = isBuilt ? dynamicSymbols(addon) : [];
  const wanted = symbols.filter(({ name, defined, weak }) => !defined && !(weak && WEAK.has(name)));

  it('is built', () => expect(isBuilt).toBe(true));

  it('needs libc alone', () => {
    const needed = lines('readelf', '-d', addon).filter((line) => line.includes('(NEEDED)'));
    expect(needed.map((line) => /\[(.*)\]/.exec(line)?.[1])).toEqual(['libc.so.6']);
  });

  it('takes from its host Node-API only: no libuv, no V8, no C++ library', () => {
    const fromHost = wanted.filter(({ version }) => version === undefined).map(({ name }) => name);
    expect(fromHost).toContain('napi_create_promise');
    expect(fromHost.filter((name) => !/^(napi|node_api)_\w+$/.test(name))).toEqual([]);
  });

  it('takes from glibc what 2.28 has', () => {
    const fromLibc = wanted.filter(({ version }) => version !== undefined);
    expect(fromLibc.map(({ name }) => name)).toContain('sendmsg');
    expect(fromLibc.filter(({ version = '' }) => !isOld(version))).toEqual([]);
  });

  it.skipIf(!existsSync(musl) && !process.env.CI)('finds all of that in musl, too (apt-get install musl)', () => {
    const offered = new Set(
      dynamicSymbols(musl)
        .filter(({ defined }) => defined)
        .map(({ name }) => name),
    );
    const fromLibc = wanted.filter(({ version }) => version !== undefined).map(({ name }) => name);
    expect(fromLibc.filter((name) => !offered.has(name))).toEqual([]);
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
