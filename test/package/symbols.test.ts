// What the built addon asks of the system it is loaded on: Node-API and a libc, glibc from 2.28 on or musl.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const addon = fileURLToPath(new URL('../../build/Release/readyd.node', import.meta.url));
const musl = `/lib/ld-musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`;

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

function undefinedSymbols(): Wanted[] {
  return lines('nm', '-D', '--undefined-only', addon)
    .map((line) => line.trim().split(/\s+/))
    .filter(([type = '', name = '']) => !(type === 'w' && WEAK.has(name)))
    .map(([, symbol = '']) => {
      const [name = '', version] = symbol.split('@');
      return { name, version };
    });
}

function isOld(version: string): boolean {
  const [, minor] = /^GLIBC_2\.(\d+)(?:\.\d+)?$/.exec(version) ?? [];
  return minor !== undefined && Number(minor) <= 28;
}

describe('the addon', () => {
  const wanted = undefinedSymbols();

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
    const offered = new Set(lines('nm', '-D', '--defined-only', musl).map((line) => line.split(' ').at(-1)));
    const fromLibc = wanted.filter(({ version }) => version !== undefined).map(({ name }) => name);
    expect(fromLibc.filter((name) => !offered.has(name))).toEqual([]);
  });

  it('shows its host the two functions of a Node-API module and nothing else', () => {
    const defined = lines('nm', '-D', '--defined-only', addon).map((line) => line.split(' ').at(-1));
    expect(new Set(defined)).toEqual(new Set(['napi_register_module_v1', 'node_api_module_get_api_version_v1']));
  });

  it('has no executable stack, and its relocations are sealed', () => {
    const headers = lines('readelf', '-lW', addon);
    expect(headers.find((line) => line.includes('GNU_STACK'))).toMatch(/ RW /);
    expect(headers.some((line) => line.includes('GNU_RELRO'))).toBe(true);
    expect(lines('readelf', '-d', addon).some((line) => line.includes('NOW'))).toBe(true);
  });
});
