// The findings that are expected, word for word, in one text: a heading for each set-up. READYD_UPDATE=1 writes what was found
// instead, to be read before it is committed.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

const FILE = join(import.meta.dirname, 'findings.txt');
const HEADING = /^=== (.+)$/m;

function read(): Map<string, string> {
  const parts = readFileSync(FILE, 'utf8').split(HEADING).slice(1);
  const found = new Map<string, string>();
  for (let at = 0; at + 1 < parts.length; at += 2) found.set(parts[at] ?? '', (parts[at + 1] ?? '').trim());
  return found;
}

/** The expected findings of a set-up on each systemd. */
export function expectedOf(name: string): string[] {
  return [...read()].filter(([heading]) => heading.split('@')[0] === name).map(([, text]) => text);
}

/** What one systemd words in another way than the others has `@` and its target behind the name. */
export function expectFindings(name: string, target: string, text: string): void {
  const all = read();
  const own = `${name}@${target}`;
  if (process.env.READYD_UPDATE !== undefined) {
    if (target === 'host' || !all.has(name)) all.set(name, text);
    else if (all.get(name) !== text) all.set(own, text);
    const sorted = [...all].sort(([a], [b]) => (a < b ? -1 : 1));
    writeFileSync(FILE, sorted.map(([heading, body]) => `=== ${heading}\n${body}\n`).join('\n'));
    return;
  }
  expect(text).toBe(all.get(own) ?? all.get(name));
}
