// SYSLOG_IDENTIFIER= of a program that does not set it, in the main thread and in worker threads. The program uses the built
// package.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { programName } from '../../src/journal/program-name.ts';

const PACKAGE = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href);
const LOG = `const log = journal({ connect: 'never', fallback: 'json' }); log.info('hello');`;
const FILES = {
  'shop.mjs': `
    import { Worker } from 'node:worker_threads';
    import { journal } from ${PACKAGE};
    if (process.env.TITLE) process.title = process.env.TITLE;
    ${LOG}
    const execArgv = process.env.PLAIN ? { execArgv: [] } : {};
    new Worker(new URL('worker.mjs', import.meta.url), execArgv);
    const text = ${JSON.stringify(`import(${PACKAGE}).then(({ journal }) => { ${LOG} });`)};
    new Worker(text, { ...execArgv, eval: true });
    new Worker(new URL('data:text/javascript,' + encodeURIComponent(text)), execArgv);`,
  'worker.mjs': `import { journal } from ${PACKAGE}; ${LOG}`,
  'empty.cjs': '',
  'folder/index.js': `import('../shop.mjs');`,
};

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'readyd-name-'));
  mkdirSync(join(cwd, 'folder'));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(cwd, name), text);
});
afterAll(() => rmSync(cwd, { recursive: true }));

/** The identifiers of the main thread and of its three workers. */
async function names(args: readonly string[], env: NodeJS.ProcessEnv = {}, folder = ''): Promise<string[]> {
  const options = { cwd: join(cwd, folder), env: { ...process.env, ...env } };
  const { stderr } = await promisify(execFile)(process.execPath, [...args], options);
  const entries = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { SYSLOG_IDENTIFIER: string; TID?: string });
  const [first] = entries.splice(
    entries.findIndex(({ TID }) => TID === undefined),
    1,
  );
  return [first, ...entries].map((entry) => entry?.SYSLOG_IDENTIFIER ?? '');
}

test.each([
  ['/srv/app/server.js', 'server'],
  ['/srv/app/server.test.mjs', 'server.test'],
  ['/usr/bin/app', 'app'],
  ['/srv/app.d/.js', 'node'],
  ['/srv/a\nPRIORITY=0.js', 'a_PRIORITY=0'],
  [undefined, 'node'],
])('the name of %s is %s', (script, name) => {
  const { argv } = process;
  process.argv = script === undefined ? [process.execPath] : [process.execPath, script];
  expect(programName()).toBe(name);
  process.argv = argv;
});

test.each([
  ['a script', ['shop.mjs'], {}],
  ['a script without its ending', ['shop.mjs', '-v', 'other.js'], {}],
  ['options with values of their own', ['--no-warnings', '-r', './empty.cjs', '--', 'shop.mjs'], {}],
  ['workers that got other options', ['--no-warnings', 'shop.mjs', 'x'], { PLAIN: '1' }],
])('%s: all threads have its name', async (_, args, env) => {
  expect(await names(args, env)).toEqual(['shop', 'shop', 'shop', 'shop']);
});

test('a folder has its own name', async () => {
  expect(await names(['.'], {}, 'folder')).toEqual(['folder', 'folder', 'folder', 'folder']);
});

test('a program without a script has that of the executable', async () => {
  const script = `import(${JSON.stringify(join(cwd, 'shop.mjs'))})`;
  expect(await names(['-e', script])).toEqual(['node', 'node', 'node', 'node']);
});

test.each(['my shop', 'x', 'a title that is much longer than the command line was, and gets cut off'])(
  'where a title (%s) has overwritten the command line, workers have the title',
  async (title) => {
    const [main, ...workers] = await names(['shop.mjs'], { TITLE: title });
    expect(main).toBe('shop');
    expect(workers).toHaveLength(3);
    for (const name of workers) expect([name !== '', title.startsWith(name)]).toEqual([true, true]);
    expect(new Set(workers).size).toBe(1);
  },
);
