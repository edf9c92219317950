// The programs of docs/loggers.md run, and its tables agree with the adapters. (readme.test.ts compiles the programs.)
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { levelOfName, needsLevelField } from '../../src/adapters/level-names.ts';
import { LEVELS } from '../../src/journal/levels.ts';
import { packageRoot } from '../systemd/boot.ts';
import { blocks } from './blocks.ts';

const DOCUMENT = 'docs/loggers.md';

async function run(code: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  // The blocks are JavaScript as well.
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
    cwd: packageRoot(),
    env: { PATH: process.env.PATH, ...env },
  });
  return stderr;
}

/** The programs below a heading. */
function programs(heading: string): string[] {
  return blocks(DOCUMENT, 'ts').flatMap((block) => (block.heading === heading ? [block.code] : []));
}

test('pino', async () => {
  const [pino = ''] = programs('pino');
  expect(await run(pino)).toMatch(
    /INFO +took 12 ms REQUEST_ID=4711\n.*ERROR +no such item REQUEST_ID=4711 ERR="TypeError: no such item"\n +TypeError: no/,
  );
});

test('pino in a worker, with the output that is shown', async () => {
  const [, worker = ''] = programs('pino');
  const [shown] = blocks(DOCUMENT, 'text');
  const withoutTime = (output = '') => output.replace(/^\S+Z /, '');
  expect(withoutTime(await run(worker))).toBe(withoutTime(shown?.code));
});

test('winston', async () => {
  const [winston = ''] = programs('winston');
  expect(await run(winston)).toMatch(
    /INFO +took 12 ms REQUEST_ID=4711\n.*ERROR +no such item REQUEST_ID=4711\n +TypeError: no/,
  );
});

test('debugging', async () => {
  const [debug = ''] = programs('Debugging a service that fails');
  expect(await run(debug)).toBe('');
  expect(await run(debug, { DEBUG_INVOCATION: '1' })).toMatch(/DEBUG +only after a failure\n$/);
});

const text = readFileSync(join(packageRoot(), DOCUMENT), 'utf8');
const rows = [...text.matchAll(/^\| `(\w+)` \| (\d) \|(.*)\|$/gm)];

test.each(rows.map((row) => row.slice(1, 4)))('%s is PRIORITY=%s %s', (name = '', priority = '', note = '') => {
  expect(LEVELS[Number(priority)]).toBe(levelOfName(name));
  expect(note.includes(`LEVEL=${name}`)).toBe(needsLevelField(name));
});

test('both tables are there', () => {
  expect(rows).toHaveLength(13);
});
