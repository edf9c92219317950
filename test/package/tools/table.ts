// Tables of what was seen, which docs/tools.md has to show line by line.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { root } from '../tarball.ts';

/** The lines of a table, in the order in which they were defined, whichever test was the first to end. */
export class Table {
  readonly #head: readonly string[];
  readonly #lines = new Map<number, string>();

  constructor(...columns: readonly string[]) {
    this.#head = [`| ${columns.join(' | ')} |`, `|${'---|'.repeat(columns.length)}`];
  }

  set(index: number, ...cells: readonly string[]): void {
    this.#lines.set(index, `| ${cells.join(' | ')} |`);
  }

  get lines(): string[] {
    return [...this.#head, ...[...this.#lines].toSorted(([a], [b]) => a - b).map(([, line]) => line)];
  }
}

/** Prints the table, and expects docs/tools.md to have its lines, in their order, and no others in this table. */
export function expectInDocument(table: Table): void {
  const { lines } = table;
  console.log(`\n${lines.join('\n')}`);
  const said = readFileSync(join(root, 'docs/tools.md'), 'utf8').split('\n');
  const start = said.indexOf(lines[0] ?? '');
  const end = said.findIndex((line, index) => index > start && !line.startsWith('|'));
  expect(start === -1 ? [] : said.slice(start, end)).toEqual(lines);
}

/** `Next 16`, from the package.json in a folder. */
export function nameWithMajor(name: string, folder: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  const [major, minor] = version.split('.');
  return `${name} ${major === '0' ? `${major}.${minor}` : major}`;
}
