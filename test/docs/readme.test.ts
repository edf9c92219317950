// The documents against the code: each program is a file of the examples, or compiles and runs; each output is the real one.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL, LONG, testWith } from '../left-out.ts';
import { installed } from '../runtimes.ts';
import { packageRoot } from '../systemd/boot.ts';
import { type Block, blocks, documents } from './blocks.ts';

// Inside the package, so that Node resolves 'readyd', in a folder that git and the linters ignore.
const FOLDER = join(packageRoot(), 'build/docs');
const TSC = join(packageRoot(), 'node_modules/.bin/tsc');
const LISTENING_MS = 1500;
/** For a program that ends. */
const ENDS_MS = 60_000;

const snippets = documents().flatMap((document) => blocks(document, 'ts'));

function fileOf({ place }: Block): string {
  return place.replaceAll(/\W+/g, '-');
}

function withoutTime(output: string): string {
  return output.replaceAll(/^\S+Z /gm, '');
}

/** The oldest Node that the package runs on, where it is installed. */
const NODE = installed('node', '20.19', 'node') ?? process.execPath;

/** The service that docs/testing.md starts. */
const APP = `
const { journal, ready, reload } = require(${JSON.stringify(join(packageRoot(), 'dist/index.cjs'))});
process.on('SIGHUP', () => void reload(() => undefined));
journal({ connect: 'always' }).info('a visit');
ready('serving');
setInterval(() => undefined, 1e6);
`;

/** Runs a block off systemd, in a folder of its own, and stops it if it does not end by itself. */
async function run(
  block: Block,
  file = join(FOLDER, 'out', `${fileOf(block)}.js`),
  patience = LISTENING_MS,
): Promise<{ code: number | null; stderr: string }> {
  const cwd = mkdtempSync(join(tmpdir(), 'readyd-docs-'));
  // The files that the examples read.
  for (const name of ['package.json', 'prices.json']) writeFileSync(join(cwd, name), '{}');
  writeFileSync(join(cwd, 'app.js'), APP);
  const env = { PATH: process.env.PATH, PORT: '0' };
  const child = spawn(NODE, [file], { cwd, env });
  child.stdout.resume();
  const timer = setTimeout(() => child.kill('SIGTERM'), patience);
  const [stderr, [code]] = (await Promise.all([text(child.stderr), once(child, 'exit')])) as [string, [number | null]];
  clearTimeout(timer);
  rmSync(cwd, { recursive: true });
  return { code, stderr };
}

beforeAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const block of snippets) writeFileSync(join(FOLDER, `${fileOf(block)}.ts`), block.code);
  const compilerOptions = { noEmit: false, outDir: 'out', noUnusedLocals: false, allowImportingTsExtensions: false };
  const config = { extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'] };
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(config));
});

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

test('all code compiles, as strictly as our own', () => {
  const { status, stdout } = spawnSync(TSC, ['-p', FOLDER], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

// Those that import other packages are run where these are installed: test/examples/frameworks.test.ts,
// test/examples/framework-logs.test.ts and loggers.test.ts.
const packagesOf = (code: string): string[] => [...code.matchAll(/from '([^']+)'/g)].map(([, name = '']) => name);
const scripts = [...snippets, ...documents().flatMap((document) => blocks(document, 'js'))].filter(({ code }) =>
  packagesOf(code).every((name) => /^(node:|readyd(\/testing)?$)/.test(name)),
);
// This program fails off systemd, where no process listens on its port: service.test.ts runs it.
const FAILS = 'http://127.0.0.1:9000/prices';
const running = scripts.filter(({ code }) => !code.includes(FAILS));
const title = 'the code of $place runs off systemd as it stands, but for its port';
/** A plain `npm test` has the programs of README.md, and one of four from docs/. */
const isRun = ({ place }: Block, index: number): boolean => ALL || place.startsWith('README.md') || index % 4 === 0;
for (const { place } of running.filter((block, index) => !isRun(block, index))) {
  testWith(LONG, title.replace('$place', place), () => undefined);
}

test.concurrent.each(running.filter(isRun))(title, async (block) => {
  const file = join(FOLDER, `${fileOf(block)}.mjs`);
  const ports = /(?<=\bfallback: |\bport: |\blisten\()\d+(?=\b)/g;
  writeFileSync(file, block.code.replaceAll(ports, '0'));
  const { code, stderr } = await run(block, file);
  expect({ failed: code !== 0 && code !== null, stderr }).toEqual({
    failed: false,
    stderr: expect.not.stringMatching(/SyntaxError|ERR_/) as string,
  });
});

test('most of the code is run', () => {
  const left = snippets.filter((block) => !scripts.includes(block));
  // Adapters of pino and winston.
  expect(left.map(({ place }) => place.replace(/:.*/, ''))).toEqual(left.map(() => 'docs/loggers.md'));
  expect(scripts.length).toBeGreaterThan(35);
});

describe('README.md', () => {
  test('shows what the log example prints', async () => {
    const example = blocks('README.md', 'ts').find(({ code }) => code.includes('invoice sent'));
    const shown = blocks('README.md', 'text').find(({ code }) => code.includes('invoice sent'));
    if (example === undefined || shown === undefined) throw new Error('the example is not there');
    const { stderr } = await run(example, undefined, ENDS_MS);
    expect(withoutTime(stderr)).toBe(withoutTime(shown.code));
  });

  test('names the commands that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { scripts: object };
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['demo', 'test']));
    const commands = blocks('README.md', 'sh').map(({ code }) => code);
    // first-minute.test.ts runs the others, and .ci/newcomer these two.
    expect(commands).toEqual(expect.arrayContaining(['npm ci && npm run demo\n', 'npm ci && npm test\n']));
  });
});

test('docs/journal.md shows a line of text that its first example prints', async () => {
  const [example] = blocks('docs/journal.md', 'ts');
  const shown = blocks('docs/journal.md', 'text').find(({ heading, code }) => /^\d{4}-/.test(code) && heading !== '');
  if (example === undefined || shown === undefined) throw new Error('the example is not there');
  const { stderr } = await run(example, undefined, ENDS_MS);
  expect(withoutTime(stderr).split('\n')).toContain(withoutTime(shown.code).trim());
});

test.each(documents())('the links of %s lead somewhere', (document) => {
  const content = readFileSync(join(packageRoot(), document), 'utf8');
  const links = [...content.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map((match) => match[1] ?? '');
  const broken = links.filter(
    (link) => !link.startsWith('https://') && !existsSync(join(packageRoot(), dirname(document), link)),
  );
  expect(broken).toEqual([]);
});
