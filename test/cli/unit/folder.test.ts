import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { writeFiles } from '../../../src/cli/unit/folder.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'readyd-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

const FILES = new Map([['app.service', 'new']]);

test('a folder that is not there is made', () => {
  writeFiles(FILES, join(folder, 'a/b'), false);
  expect(readFileSync(join(folder, 'a/b/app.service'), 'utf8')).toBe('new');
});

test('a link that leads nowhere is not followed, with --force neither', () => {
  const target = join(folder, 'elsewhere');
  const link = join(folder, 'app.service');
  symlinkSync(target, link);
  expect(() => writeFiles(FILES, folder, false)).toThrow(/already; --force replaces it/);
  expect(readdirSync(folder)).toEqual(['app.service']);
  writeFiles(FILES, folder, true);
  expect(lstatSync(link).isFile()).toBe(true);
  expect(readdirSync(folder)).toEqual(['app.service']);
});

test('a link to a file: --force replaces the link, and the file stays as it is', () => {
  const target = join(folder, 'precious');
  writeFileSync(target, 'old');
  symlinkSync(target, join(folder, 'app.service'));
  expect(() => writeFiles(FILES, folder, false)).toThrow(/already/);
  writeFiles(FILES, folder, true);
  expect(readFileSync(target, 'utf8')).toBe('old');
  expect(readFileSync(join(folder, 'app.service'), 'utf8')).toBe('new');
});
