import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { root } from './tarball.ts';

interface Script {
  isFresh(root: string, build: { readonly last: string; readonly from: readonly string[] }): boolean;
}

const { isFresh } = (await import(pathToFileURL(join(root, 'scripts/build-changed.js')).href)) as Script;
const folder = mkdtempSync(join(tmpdir(), 'readyd-build-changed-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FILES = ['src/a.ts', 'src/deep/b.ts', 'src/node_modules/c.ts', 'package.json'];
const BUILD = { last: 'dist/last.js', from: ['src', 'package.json'] };
const at = (path: string, seconds: number) => utimesSync(join(folder, path), seconds, seconds);

beforeEach(() => {
  rmSync(folder, { recursive: true });
  for (const path of [...FILES, BUILD.last]) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), '');
  }
  for (const path of [...FILES, 'src/deep', 'src/node_modules', 'src']) at(path, 1000);
  at(BUILD.last, 2000);
});

test('a build is fresh if it is newer than all of its sources', () => expect(isFresh(folder, BUILD)).toBe(true));

test.each(['src/a.ts', 'src/deep/b.ts', 'package.json', 'src/deep'])('not when %s changed since', (path) => {
  at(path, 3000);
  expect(isFresh(folder, BUILD)).toBe(false);
});

test('not when a file is gone', () => {
  rmSync(join(folder, 'src/deep/b.ts'));
  expect(isFresh(folder, BUILD)).toBe(false);
});

test('not when it was never made, or failed', () => {
  rmSync(join(folder, BUILD.last));
  expect(isFresh(folder, BUILD)).toBe(false);
});

test('also when another project’s packages changed', () => {
  at('src/node_modules/c.ts', 3000);
  at('src/node_modules', 3000);
  expect(isFresh(folder, BUILD)).toBe(true);
});
