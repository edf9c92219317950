import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readRegularFile } from '../src/regular-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'readyd-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

test('a file, and one behind a link', () => {
  writeFileSync(at('file'), 'x'.repeat(100_000));
  symlinkSync('file', at('link'));
  expect(readRegularFile(at('file'), 100_000)).toHaveLength(100_000);
  expect(readRegularFile(at('link'), 100_000)).toHaveLength(100_000);
  // The kernel says that its size is 0.
  expect(readRegularFile('/proc/self/status', 1 << 20).toString()).toContain('Name:');
});

test('a file that is too large', () => {
  writeFileSync(at('large'), 'x'.repeat(11));
  expect(() => readRegularFile(at('large'), 10)).toThrow('large is larger than 10 bytes');
});

test('what is not a file', () => {
  execFileSync('mkfifo', [at('fifo')]);
  symlinkSync('fifo', at('link-to-fifo'));
  symlinkSync('/dev/zero', at('zero'));
  symlinkSync('nothing', at('dangling'));
  for (const name of ['fifo', 'link-to-fifo', 'zero', '.'])
    expect(() => readRegularFile(at(name), 10)).toThrow(/is not a regular file$/);
  expect(() => readRegularFile(at('dangling'), 10)).toThrow('ENOENT');
});
