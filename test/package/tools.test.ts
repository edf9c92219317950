// What tools make of a service that imports the package: each builds it, the result is moved to a folder without
// node_modules, and runs there under the stand-in manager. Prints a table, which docs/tools.md has to agree with.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createManager } from '../../src/testing.ts';
import { describeWith } from '../left-out.ts';
import { cached } from '../runtimes.ts';
import { lackOfPackage, packInto, root } from './tarball.ts';

const TOOLS = join(root, 'test/tools/node_modules');
const ARCH = process.arch === 'arm64' ? 'arm64' : 'x64';
const ADDON = `node_modules/readyd/prebuilds/linux-${ARCH}/readyd.node`;
const WORKER = 'node_modules/readyd/dist/diagnosis-worker.cjs';

const folder = mkdtempSync(join(tmpdir(), 'readyd-tools-'));
const user = join(folder, 'user');

const SERVICE = `
  const log = journal();
  const running = service({
    start: async () => {
      const server = createServer((request, response) => response.end('hello'));
      const { activated } = await listen(server);
      log.info(activated ? 'serves what was passed' : 'serves something else');
      return server;
    },
    stop: (server) => void server.close(),
    watchdog: { diagnose: true },
  });`;
const MODULE = `import { createServer } from 'node:http';
  import { journal, listen, service } from 'readyd';
  ${SERVICE}`;
const COMMONJS = `const { createServer } = require('node:http');
  const { journal, listen, service } = require('readyd');
  ${SERVICE}`;

const WEBPACK = (entry: string) => `
  const webpack = require(${JSON.stringify(join(TOOLS, 'webpack'))});
  const [path] = process.argv.slice(2);
  webpack({ mode: 'production', target: 'node20', entry: './${entry}', output: { path } }, (error, stats) => {
    if (error || stats.hasErrors() || stats.hasWarnings()) throw error ?? new Error(stats.toString());
  });`;
const ROLLUP = `
  import resolve from ${JSON.stringify(join(TOOLS, '@rollup/plugin-node-resolve/dist/es/index.js'))};
  export default { input: 'main.mjs', plugins: [resolve({ preferBuiltins: true })] };`;
const VITE = 'export default { ssr: { noExternal: true } };';
const TRACE = `
  const { nodeFileTrace } = require(${JSON.stringify(join(TOOLS, '@vercel/nft'))});
  const { cpSync } = require('node:fs');
  const [output, entry] = process.argv.slice(2);
  nodeFileTrace([entry], { base: process.cwd() }).then(({ fileList }) => {
    for (const file of fileList) cpSync(file, output + '/' + file);
  });`;

/** A tool, how it is used, and what there is to copy beside what it makes. */
interface Build {
  readonly tool: string;
  readonly how: string;
  /** Arguments of Node, which make the program in \`output\`. */
  readonly command: (output: string) => readonly string[];
  /** The program, relative to \`output\`. */
  readonly program: string;
  readonly copy?: readonly string[];
  /** A binary, which Node does not run. */
  readonly binary?: true;
}

const esbuild = (name: string, entry: string, ...options: string[]) => {
  return (output: string) => [
    join(TOOLS, name, 'bin/esbuild'),
    entry,
    '--bundle',
    '--platform=node',
    `--outdir=${output}`,
    ...options,
  ];
};
const COPY = '--loader:.node=copy';

const BUILDS: readonly Build[] = [
  { tool: 'nft', how: '`import`', program: 'main.mjs', command: (output) => ['trace.cjs', output, 'main.mjs'] },
  { tool: 'nft', how: '`require`', program: 'main.cjs', command: (output) => ['trace.cjs', output, 'main.cjs'] },
  {
    tool: 'esbuild',
    how: `CommonJS, \`${COPY}\``,
    program: 'main.js',
    copy: [WORKER],
    binary: true,
    command: esbuild('esbuild', 'main.mjs', COPY),
  },
  {
    tool: 'esbuild',
    how: 'CommonJS, no option',
    program: 'main.js',
    copy: [WORKER, ADDON],
    binary: true,
    command: esbuild('esbuild', 'main.mjs'),
  },
  {
    tool: 'esbuild',
    how: `modules, \`${COPY}\``,
    program: 'main.mjs',
    copy: [WORKER],
    binary: true,
    command: esbuild('esbuild', 'main.mjs', COPY, '--format=esm', '--out-extension:.js=.mjs'),
  },
  {
    tool: 'esbuild',
    how: `\`require\`, minified, \`${COPY}\``,
    program: 'main.js',
    copy: [WORKER],
    binary: true,
    command: esbuild('esbuild', 'main.cjs', COPY, '--minify'),
  },
  {
    tool: 'esbuild-previous',
    how: `CommonJS, \`${COPY}\``,
    program: 'main.js',
    copy: [WORKER],
    binary: true,
    command: esbuild('esbuild-previous', 'main.mjs', COPY),
  },
  { tool: 'webpack', how: '`import`', program: 'main.js', command: (output) => ['webpack-main.mjs.cjs', output] },
  { tool: 'webpack', how: '`require`', program: 'main.js', command: (output) => ['webpack-main.cjs.cjs', output] },
  {
    tool: 'ncc',
    how: '`import`',
    program: 'index.mjs',
    command: (output) => [join(TOOLS, '@vercel/ncc/dist/ncc/cli.js'), 'build', 'main.mjs', '-q', '-o', output],
  },
  {
    tool: 'ncc',
    how: '`require`',
    program: 'index.cjs',
    copy: [WORKER, ADDON],
    command: (output) => [join(TOOLS, '@vercel/ncc/dist/ncc/cli.js'), 'build', 'main.cjs', '-q', '-o', output],
  },
  {
    tool: 'rollup',
    how: 'modules',
    program: 'main.mjs',
    copy: [WORKER, ADDON],
    command: (output) => [
      join(TOOLS, 'rollup/dist/bin/rollup'),
      '-c',
      'rollup.config.mjs',
      '-d',
      output,
      '-f',
      'es',
      '--entryFileNames',
      '[name].mjs',
      '--silent',
    ],
  },
  {
    tool: 'rollup',
    how: 'CommonJS',
    program: 'main.cjs',
    copy: [WORKER, ADDON],
    command: (output) => [
      join(TOOLS, 'rollup/dist/bin/rollup'),
      '-c',
      'rollup.config.mjs',
      '-d',
      output,
      '-f',
      'cjs',
      '--entryFileNames',
      '[name].cjs',
      '--silent',
    ],
  },
  {
    tool: 'rolldown',
    how: 'modules',
    program: 'main.js',
    copy: [WORKER, ADDON],
    command: (output) => [
      join(TOOLS, 'rolldown/bin/cli.mjs'),
      'main.mjs',
      '-d',
      output,
      '-f',
      'es',
      '--platform',
      'node',
    ],
  },
  {
    tool: 'vite',
    how: 'SSR, `noExternal`',
    program: 'main.mjs',
    copy: [WORKER, ADDON],
    command: (output) => [
      join(TOOLS, 'vite/bin/vite.js'),
      'build',
      '--ssr',
      'main.mjs',
      '--outDir',
      output,
      '--logLevel',
      'error',
    ],
  },
];

const FILES: Readonly<Record<string, string>> = {
  'package.json': '{ "private": true }',
  'main.mjs': MODULE,
  'main.cjs': COMMONJS,
  'trace.cjs': TRACE,
  'webpack-main.mjs.cjs': WEBPACK('main.mjs'),
  'webpack-main.cjs.cjs': WEBPACK('main.cjs'),
  'rollup.config.mjs': ROLLUP,
  'vite.config.mjs': VITE,
};

function run(command: string, args: readonly string[], cwd: string): string {
  const options = { cwd, encoding: 'utf8', stdio: 'pipe' } as const;
  return execFileSync(command, args, { ...options, env: { PATH: process.env.PATH, NO_COLOR: '1' } });
}

function versionOf(tool: string): string {
  const name = { ncc: '@vercel/ncc', nft: '@vercel/nft' }[tool] ?? tool;
  const { version } = JSON.parse(readFileSync(join(TOOLS, name, 'package.json'), 'utf8')) as { version: string };
  const [major, minor] = version.split('.');
  return `${tool.replace('-previous', '')} ${major === '0' ? `${major}.${minor}` : major}`;
}

const BOTH = ['x64', 'arm64'].every((arch) => existsSync(join(root, `prebuilds/linux-${arch}/readyd.node`)));
const toolsLack = { reason: 'the tools are not installed', command: 'npm ci --ignore-scripts --prefix test/tools' };
const addonLack = { reason: 'an addon is not built', command: 'npm run prebuild' };
const lack = existsSync(TOOLS) ? (lackOfPackage() ?? (BOTH ? undefined : addonLack)) : toolsLack;

beforeAll(() => {
  if (lack !== undefined) return;
  mkdirSync(join(user, 'node_modules/readyd'), { recursive: true });
  run('tar', ['-xzf', packInto(folder), '-C', join(user, 'node_modules/readyd'), '--strip-components=1'], folder);
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(user, name), text);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

interface Seen {
  readonly answer: string;
  readonly log: readonly string[];
}

/** Starts a program as a service; resolves to what it answered on the passed socket, and to what it logged. */
async function serve(command: string, args: readonly string[], cwd: string): Promise<Seen> {
  const manager = await createManager({ listen: { web: '127.0.0.1:0' }, watchdog: 60_000 });
  try {
    const daemon = await manager.start(command, [...args], { cwd, env: { PATH: process.env.PATH } });
    await daemon.ready();
    const answer = await (await fetch(manager.url('web'))).text();
    expect((await daemon.stop()).result).toBe('success');
    return { answer, log: daemon.journal.map(({ message }) => message) };
  } finally {
    await manager.close();
  }
}

const rows: string[] = [];
const WORKS: Seen = { answer: 'hello', log: ['serves what was passed'] };

describeWith(lack, 'a service that is built and moved', () => {
  it.each(BUILDS)('by $tool: $how', async ({ tool, how, command, program, copy = [], binary }) => {
    const output = mkdtempSync(join(folder, 'output-'));
    const [first = '', ...rest] = command(output);
    if (binary) run(first, rest, user);
    else run(process.execPath, [first, ...rest], user);
    for (const path of copy) cpSync(join(user, path), join(output, path.split('/').at(-1) ?? ''));
    expect(await serve(process.execPath, [program], output)).toEqual(WORKS);
    const files = copy.map((path) => `\`${path.split('/').at(-1)}\``).sort();
    rows.push(`| ${versionOf(tool)} | ${how} | ${files.join(', ') || 'nothing'} |`);
  });

  it.each([
    ['20', 'postject'],
    ['24', 'postject'],
    ['26', 'postject'],
  ])('as one executable of Node %s', async (version) => {
    const node = cached('node', version, 'node');
    if (!existsSync(node)) throw new Error(`no Node ${version}: test/runtimes.sh ${version}`);
    const output = mkdtempSync(join(folder, 'output-'));
    const bundle = join(user, `sea-${version}.cjs`);
    run(join(TOOLS, 'esbuild/bin/esbuild'), ['main.mjs', '--bundle', '--platform=node', `--outfile=${bundle}`], user);
    const config = join(user, `sea-${version}.json`);
    const blob = join(user, `sea-${version}.blob`);
    writeFileSync(config, JSON.stringify({ main: bundle, output: blob, disableExperimentalSEAWarning: true }));
    run(node, ['--experimental-sea-config', config], user);
    const program = join(output, 'program');
    cpSync(node, program);
    const fuse = ['--sentinel-fuse', 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'];
    run(process.execPath, [join(TOOLS, 'postject/dist/cli.js'), program, 'NODE_SEA_BLOB', blob, ...fuse], user);
    for (const path of [ADDON, WORKER]) cpSync(join(user, path), join(output, path.split('/').at(-1) ?? ''));
    expect(await serve(program, [], output)).toEqual(WORKS);
    rows.push(`| Node ${version} | one executable (SEA) | \`diagnosis-worker.cjs\`, \`readyd.node\` |`);
  });
});

describeWith(lack, 'a bundle without the addon', () => {
  it('fails at once, and names the fix', async () => {
    const output = mkdtempSync(join(folder, 'output-'));
    const [first = '', ...rest] = esbuild('esbuild', 'main.mjs')(output);
    run(first, rest, user);
    const manager = await createManager();
    try {
      const daemon = await manager.start(process.execPath, ['main.js'], {
        cwd: output,
        env: { PATH: process.env.PATH },
      });
      await expect(daemon.ready()).rejects.toThrow('exited with code 1');
      expect(daemon.journal).toHaveLength(1);
      expect(daemon.journal[0]?.message).toContain(`To do: copy ${ADDON} into ${output}, beside the bundle`);
    } finally {
      await manager.close();
    }
  });
});

const TEST = `
  const assert = require('node:assert');
  const { journal, listenFds, ready } = require('readyd');
  const { createManager } = require('readyd/testing');
  const { pinoJournal } = require('readyd/pino');
  test('readyd', async () => {
    assert.equal(await ready(), false);
    assert.equal(listenFds().length, 0);
    assert.equal(typeof createManager, 'function');
    assert.equal(typeof pinoJournal, 'function');
    journal({ connect: 'never', level: 'silent' }).info('never');
  });`;
const MOCHA_TEST = TEST.replace('test(', 'it(');
const NODE_TEST = `const { test } = require('node:test'); ${TEST}`;
const TYPED_TEST = TEST.replaceAll(/const (\{.*?\}) = require\((.*?)\)/g, 'import $1 from $2').replace(
  "const assert = require('node:assert')",
  "import assert from 'node:assert'",
);

const RUNNERS: readonly { tool: string; files: Readonly<Record<string, string>>; args: readonly string[] }[] = [
  { tool: 'jest', files: { 'a.test.js': TEST }, args: [join(TOOLS, 'jest/bin/jest.js')] },
  { tool: 'jest-previous', files: { 'a.test.js': TEST }, args: [join(TOOLS, 'jest-previous/bin/jest.js')] },
  {
    tool: 'ts-jest',
    files: {
      'a.test.ts': TYPED_TEST,
      'jest.config.js': `module.exports = { transform: { '\\\\.ts$': [${JSON.stringify(join(TOOLS, 'ts-jest'))}, { diagnostics: false }] } };`,
      'tsconfig.json':
        '{ "compilerOptions": { "module": "node16", "moduleResolution": "node16", "esModuleInterop": true } }',
    },
    args: [join(TOOLS, 'jest/bin/jest.js')],
  },
  { tool: 'mocha', files: { 'a.test.js': MOCHA_TEST }, args: [join(TOOLS, 'mocha/bin/mocha.js'), 'a.test.js'] },
  { tool: 'node:test', files: { 'a.test.js': NODE_TEST }, args: ['--test'] },
];

const testRows: string[] = [];

describeWith(lack, 'a test that requires the package', () => {
  it.each(RUNNERS)('is run by $tool with its defaults', ({ tool, files, args }) => {
    const project = join(folder, `test-${tool.replace(':', '-')}`);
    mkdirSync(dirname(join(project, 'node_modules/readyd')), { recursive: true });
    cpSync(join(user, 'node_modules/readyd'), join(project, 'node_modules/readyd'), { recursive: true });
    const all: Readonly<Record<string, string>> = { 'package.json': '{ "private": true }', ...files };
    for (const [name, text] of Object.entries(all)) writeFileSync(join(project, name), text);
    run(process.execPath, args, project);
    testRows.push(`| ${tool === 'node:test' ? '`node:test`' : versionOf(tool)} | yes |`);
  });
});

describeWith(lack, 'docs/tools.md', () => {
  it('says what was seen', () => {
    const seen = [
      '| tool | how | to copy beside |',
      '|---|---|---|',
      ...rows,
      '',
      '| tests by | run |',
      '|---|---|',
      ...testRows,
    ];
    console.log(`\n${seen.join('\n')}`);
    const said = readFileSync(join(root, 'docs/tools.md'), 'utf8').split('\n');
    expect(seen.filter((line) => !said.includes(line))).toEqual([]);
    // A row that nobody has seen any more is no fact, either.
    const listed = said.filter((line) =>
      /^\| (nft|esbuild|webpack|ncc|rollup|rolldown|vite|Node|jest|ts-jest|mocha|`node:test`)/.test(line),
    );
    expect(listed.filter((line) => !seen.includes(line))).toEqual([]);
  });
});
