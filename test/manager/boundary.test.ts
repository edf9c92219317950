// The stand-in is for development: no module that runs in production loads it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../systemd/boot.ts';

const SRC = join(packageRoot(), 'src');
const FOR_PEOPLE = /^(manager|cli)\/|^testing\.ts$/;

test('nothing outside imports it', () => {
  const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const imports = sources
    .filter((path) => !FOR_PEOPLE.test(path))
    .filter((path) => /from '[^']*\bmanager\/(?!\.)/.test(readFileSync(join(SRC, path), 'utf8')));
  expect(sources.length).toBeGreaterThan(20);
  expect(imports).toEqual([]);
});
