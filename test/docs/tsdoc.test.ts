// Every export has a comment that an editor shows to the user.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../systemd/boot.ts';

function read(path: string): string {
  return readFileSync(join(packageRoot(), 'src', path), 'utf8');
}

/** The names that an entry point exports, each with the source file that declares it. */
function exportsOf(entry: string): { name: string; file: string }[] {
  const source = read(entry);
  const passedOn = [...source.matchAll(/^export (?:type )?\{([^}]*)\} from '\.\/([^']+)'/gm)].flatMap(
    ([, names = '', file = '']) => names.split(',').map((name) => ({ name: name.trim().replace(/^type /, ''), file })),
  );
  const own = [...source.matchAll(/^export (?:async )?(?:function|class|const|interface|type) (\w+)/gm)];
  return [...passedOn, ...own.map(([, name = '']) => ({ name, file: entry }))].filter(({ name }) => name !== '');
}

/** Whether a TSDoc comment is right before the declaration, also if another file re-exports it. */
function isDocumented(name: string, file: string): boolean {
  const source = read(file);
  const declared = new RegExp(`^export (?:async )?(?:function|class|const|interface|type) ${name}\\b`, 'm').exec(
    source,
  );
  if (declared !== null) return source.slice(0, declared.index).endsWith('*/\n');
  const [, from] = new RegExp(`^export .*\\b${name}\\b.* from '\\./([^']+)'`, 'm').exec(source) ?? [];
  if (from === undefined) throw new Error(`${file} has no ${name}`);
  return isDocumented(name, join(file, '..', from));
}

const manifest = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
const names = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .flatMap((path) => exportsOf(path === '.' ? 'index.ts' : `${path.slice(2)}.ts`));

test('the names are found', () => {
  expect(names.length).toBeGreaterThan(60);
});

/** The comment before a function; undefined for anything else. */
function commentOf(name: string, file: string): string | undefined {
  const source = read(file);
  const declared = new RegExp(`^export (?:async )?function ${name}\\b`, 'm').exec(source);
  return declared === null ? undefined : source.slice(source.lastIndexOf('/**', declared.index), declared.index);
}

const callable = names.flatMap(({ name, file }) => {
  const comment = commentOf(name, file);
  return comment === undefined ? [] : [{ name, comment }];
});

test('every function that users call has an example', () => {
  expect(callable.length).toBeGreaterThan(30);
  expect(callable.filter(({ comment }) => !comment.includes('@example')).map(({ name }) => name)).toEqual([]);
});

test.each(names)('$name of $file has a comment', ({ name, file }) => {
  expect(isDocumented(name, file)).toBe(true);
});
