import { readFileSync } from 'node:fs';
import { afterAll, expect } from 'vitest';

/** The files mapped into this process with such a path. */
export function mapped(pattern: RegExp): string[] {
  const paths = readFileSync('/proc/self/maps', 'utf8').match(/\/.*$/gm) ?? [];
  return [...new Set(paths)].filter((path) => pattern.test(path));
}

// A test that loads another build of the addon would pass without proving anything.
afterAll(() => {
  const addons = mapped(/readyd\.node$/).filter((path) => path !== process.env.READYD_NATIVE);
  expect(addons, 'addons that are not the sanitized one').toEqual([]);
});
