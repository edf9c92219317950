// docs/protocol.md against the code: the code has everything that the page names, and the page names everything in the code.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as readyd from '../../src/index.ts';

const exported = new Map<string, unknown>(Object.entries(readyd));

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = read('docs/protocol.md');

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

interface Row {
  readonly what: string;
  readonly functions: string;
  readonly proof: string;
}

/** The rows of the tables, each by its first cell and its last two. */
const rows: Row[] = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (key|rule|variable or rule) \|/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map((cells) => ({ what: cells[1] ?? '', functions: cells.at(-3) ?? '', proof: cells.at(-2) ?? '' }));

/** Finds a title in the source: at the start of a quoted text, or after the value that a table inserts there. */
function hasTitle(source: string, title: string): boolean {
  const quoted = [`'${title}`, `"${title}`, `\`${title}`, ` ${title}`];
  return quoted.some((text) => source.includes(text) || source.includes(text.replaceAll("'", "\\'")));
}

/** The keys of notify(), each with its name on the wire and the systemd version that its comment names. */
const keys = [...read('src/notify/state.ts').matchAll(/^ {2}(\w+): \['([A-Z_]+)', /gm)].map(
  ([, key = '', name = '']) => {
    const [, since = '0'] = new RegExp(`systemd (\\d+) \\*/\\n  ${key}\\?: `).exec(read('src/notify/state.ts')) ?? [];
    return { key, name, since: Number(since) };
  },
);

describe('docs/notify.md', () => {
  const guide = read('docs/notify.md');
  it.each([{ key: 'status', name: 'STATUS' }, { key: 'fields', name: '' }, ...keys])(
    'has a row for $key',
    ({ key, name }) => {
      const row = guide.split('\n').find((line) => line.startsWith('| ') && line.split('|')[1]?.includes(`\`${key}\``));
      expect(row).toContain(name);
    },
  );
});

describe('docs/protocol.md', () => {
  it('is read as it is', () => {
    expect(rows.length).toBeGreaterThan(70);
  });

  it.each(rows)('$what: its functions are exported', ({ functions }) => {
    if (functions.startsWith('none: ')) return;
    const names = [...functions.matchAll(/`(\w+)\(\)`/g)].map(([, name = '']) => name);
    const members = [...functions.matchAll(/`(\w+)\.(\w+)(?:\(\))?`/g)].map(([, name = '', member = '']) => [
      name,
      member,
    ]);
    expect(names.length + members.length).toBeGreaterThan(0);
    expect(names.filter((name) => typeof exported.get(name) !== 'function')).toEqual([]);
    expect(members.filter(([name = '', member = '']) => !(member in Object(exported.get(name))))).toEqual([]);
  });

  it.each(rows.filter(({ functions }) => !functions.startsWith('none: ')))('$what: its test is there', ({ proof }) => {
    const [, path = '', title = ''] = /^\[(test\/\S+)\] (\S.*)$/.exec(proof) ?? [];
    expect(existsSync(join(root, path)), proof).toBe(true);
    expect(hasTitle(read(path), title), proof).toBe(true);
  });

  it.each(rows.filter(({ functions }) => functions.startsWith('none: ')))('$what: says why not', ({ functions }) => {
    expect(functions.length).toBeGreaterThan(30);
  });

  it('has every key that notify() writes, once a systemd that knows it is among those of the tests', () => {
    const newest = Number(/up to systemd (\d+)/.exec(page)?.[1]);
    expect(newest).toBeGreaterThan(261);
    const tested = keys.filter(({ since }) => since <= newest);
    expect(tested.map(({ name }) => name)).toContain('FDSTOREREMOVE');
    expect(tested.filter(({ name }) => !page.includes(`\`${name}=`))).toEqual([]);
  });

  it('has every variable of systemd that the product reads', () => {
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/^(manager|cli)\/|^testing/.test(name))
      .map((name) => read(join('src', name)));
    const variables = files.flatMap((text) =>
      [...text.matchAll(/\benv\.([A-Z][A-Z_]+)/g)].map(([, name = '']) => name),
    );
    expect(variables).toContain('NOTIFY_SOCKET');
    const own = (name: string) => !/^(READYD_|NO_COLOR$|FORCE_COLOR$|NODE_|TERM$|TMPDIR$|XDG_)/.test(name);
    expect([...new Set(variables)].filter((name) => own(name) && !page.includes(name))).toEqual([]);
  });
});
