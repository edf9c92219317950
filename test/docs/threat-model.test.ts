// docs/threat-model.md against the tests: each promise names an existing test.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/threat-model.md'), 'utf8');

/** The rows of the tables: the promise, and the test. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| promise |'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, promise = '', proof = '']) => ({ promise, proof }));

describe('docs/threat-model.md', () => {
  it('is read as it is', () => {
    expect(rows.length).toBeGreaterThan(25);
    expect(page.match(/^## /gm)?.length).toBeGreaterThan(9);
  });

  it.each(rows)('$promise', ({ proof }) => {
    const [, path = '', title = ''] = /^\[(test\/\S+)\](?: (\S.*))?$/.exec(proof) ?? [];
    expect(existsSync(join(root, path)), proof).toBe(true);
    const source = readFileSync(join(root, path), 'utf8');
    expect(source.includes(title), proof).toBe(true);
    expect(source).toMatch(/\b(it|test)(\.each)?[(<]|\btestWith\(/);
  });
});
