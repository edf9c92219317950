// Each tool builds a service that imports the package. The test moves the result to a folder without node_modules, and runs
// it there under the stand-in manager. Prints a table, which must agree with docs/tools.md.
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createManager } from '../../src/testing.ts';
import { createReceiver } from '../helpers/receiver.ts';
import { describeWith } from '../left-out.ts';
import { cached, installed } from '../runtimes.ts';
import { lackOfPackage, packInto, root } from './tarball.ts';
import { ADDON, BUILDS, esbuild, FILES, TOOLS, WORKER } from './tools/builds.ts';
import { RUNNERS } from './tools/runners.ts';
import { serve, WORKS } from './tools/service.ts';
import { expectInDocument, nameWithMajor, Table } from './tools/table.ts';

const folder = mkdtempSync(join(tmpdir(), 'readyd-tools-'));
const user = join(folder, 'user');

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { cwd, env: { PATH: process.env.PATH, NO_COLOR: '1' } });
  return stdout;
}

/** Two at a time: each keeps a processor busy. The time of a test includes that in which it waits for its turn. */
let lanes: readonly Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
const LONG = 600_000;

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const [first = Promise.resolve(), ...others] = lanes;
  const done = first.then(work);
  const settled = done.catch(() => undefined);
  lanes = [...others, settled];
  return done;
}

function versionOf(tool: string): string {
  const own = { ncc: '@vercel/ncc', nft: '@vercel/nft', vitest: join(root, 'node_modules/vitest') }[tool] ?? tool;
  return nameWithMajor(tool.replace('-previous', ''), own.startsWith('/') ? own : join(TOOLS, own));
}

const BOTH = ['x64', 'arm64'].every((arch) => existsSync(join(root, `prebuilds/linux-${arch}/readyd.node`)));
const toolsLack = { reason: 'the tools are not installed', command: 'npm ci --ignore-scripts --prefix test/tools' };
const addonLack = { reason: 'an addon is not built', command: 'npm run prebuild' };
const lack = existsSync(TOOLS) ? (lackOfPackage() ?? (BOTH ? undefined : addonLack)) : toolsLack;

beforeAll(async () => {
  if (lack !== undefined) return;
  mkdirSync(join(user, 'node_modules/readyd'), { recursive: true });
  await run('tar', ['-xzf', packInto(folder), '-C', join(user, 'node_modules/readyd'), '--strip-components=1'], folder);
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(user, name), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

const builds = new Table('tool', 'how', 'to copy beside');

function copyBeside(output: string, paths: readonly string[]): string {
  for (const path of paths) cpSync(join(user, path), join(output, path.split('/').at(-1) ?? ''));
  const names = paths.map((path) => `\`${path.split('/').at(-1)}\``);
  return names.sort().join(', ') || 'nothing';
}

const numbered = BUILDS.map((build, index) => ({ ...build, index }));

describeWith(lack, 'a service that is built and moved', () => {
  it.concurrent.each(numbered)(
    'by $tool: $how',
    ({ index, tool, how, command, program, copy = [], binary }) =>
      inTurn(async () => {
        const output = mkdtempSync(join(folder, 'output-'));
        const [first = '', ...rest] = command(output);
        await (binary ? run(first, rest, user) : run(process.execPath, [first, ...rest], user));
        const copied = copyBeside(output, copy);
        expect(await serve(process.execPath, [program], output)).toEqual(WORKS);
        builds.set(index, versionOf(tool), how, copied);
      }),
    LONG,
  );

  it.concurrent.each([
    { version: '20', assets: false },
    { version: '20', assets: true },
    { version: '24', assets: true },
    { version: '26', assets: true },
  ])(
    'as one executable of Node $version, with the files as assets: $assets',
    ({ version, assets }) =>
      inTurn(async () => {
        const node = cached('node', version, 'node');
        if (!existsSync(node)) throw new Error(`no Node ${version}: test/runtimes.sh ${version}`);
        const output = mkdtempSync(join(folder, 'output-'));
        const program = join(output, 'program');
        await makeExecutable(node, program, assets);
        const copied = copyBeside(output, assets ? [] : [ADDON, WORKER]);
        expect(await serve(program, [], output)).toEqual(WORKS);
        const how = assets ? 'one executable (SEA), the two files as assets' : 'one executable (SEA)';
        builds.set(numbered.length + Number(version) + (assets ? 0.5 : 0), `Node ${version}`, how, copied);
      }),
    LONG,
  );

  it.concurrent(
    'by bun build --compile',
    () =>
      inTurn(async () => {
        const bun = installed('bun', 'bun');
        if (bun === undefined) throw new Error('no bun: test/runtimes.sh bun');
        const output = mkdtempSync(join(folder, 'output-'));
        const program = join(output, 'program');
        await run(bun, ['build', '--compile', 'main-bun.mjs', '--outfile', program], user);
        const copied = copyBeside(output, [ADDON]);
        const { answer, log } = await serve(program, [], output);
        expect(answer).toBe(WORKS.answer);
        expect(log).toContain(WORKS.log[0]);
        const { 0: major } = (await run(bun, ['--version'], user)).split('.');
        builds.set(numbered.length + 100, `Bun ${major}`, '`bun build --compile`, `net` server', copied);
      }),
    LONG,
  );
});

/** Makes one executable of Node and a bundle; with `assets` the addon and the worker are in it, too. */
async function makeExecutable(node: string, program: string, assets: boolean): Promise<void> {
  const parts = mkdtempSync(join(folder, 'sea-'));
  const [main, blob, config] = ['main.cjs', 'main.blob', 'sea.json'].map((name) => join(parts, name)) as [
    string,
    string,
    string,
  ]; // as many as there are names
  await run(join(TOOLS, 'esbuild/bin/esbuild'), ['main.mjs', '--bundle', '--platform=node', `--outfile=${main}`], user);
  writeFileSync(
    config,
    JSON.stringify({
      main,
      output: blob,
      disableExperimentalSEAWarning: true,
      ...(assets && { assets: { 'readyd.node': ADDON, 'diagnosis-worker.cjs': WORKER } }),
    }),
  );
  await run(node, ['--experimental-sea-config', config], user);
  cpSync(node, program);
  const fuse = ['--sentinel-fuse', 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'];
  await run(process.execPath, [join(TOOLS, 'postject/dist/cli.js'), program, 'NODE_SEA_BLOB', blob, ...fuse], user);
}

/** Commands as somebody types them who tries the package, with those of the tools in PATH. */
function typed(line: string, env: Readonly<Record<string, string>> = {}) {
  const PATH = `${join(TOOLS, '.bin')}:${process.env.PATH}`;
  return spawnSync('sh', ['-c', line], { cwd: user, encoding: 'utf8', env: { PATH, NO_COLOR: '1', ...env } });
}

describeWith(lack, 'the shortest command', () => {
  it('of nft lists the addon and the diagnosis worker', () => {
    const { stdout } = typed(`echo "import { ready } from 'readyd'; await ready();" > a.mjs; nft print a.mjs`);
    const listed = stdout.split('\n').map((line) => line.trim());
    expect(listed).toEqual(expect.arrayContaining([ADDON, WORKER]));
  });

  it('of esbuild makes a bundle that says what is missing, and takes READYD_NATIVE', async () => {
    const build = typed(
      `echo "import { ready } from 'readyd'; ready().then(console.log);" > m.mjs; esbuild m.mjs --bundle --platform=node --outfile=m.cjs`,
    );
    expect(build).toMatchObject({ status: 0, stderr: expect.not.stringContaining('[WARNING]') });
    await using receiver = createReceiver();
    const NOTIFY_SOCKET = receiver.path;
    const without = typed('node m.cjs', { NOTIFY_SOCKET });
    expect(without.status).toBe(1);
    expect(without.stderr).toContain(`To do: copy ${ADDON} into ${user}, beside the bundle`);
    expect(typed('node m.cjs', { NOTIFY_SOCKET, READYD_NATIVE: ADDON })).toMatchObject({ stdout: 'true\n' });
    expect(await receiver.arrived(1)).toEqual(['READY=1']);
  });
});

describeWith(lack, 'a bundle without the addon', () => {
  it('fails at once, and names the fix', async () => {
    const output = mkdtempSync(join(folder, 'output-'));
    const [first = '', ...rest] = esbuild('esbuild', 'main.mjs')(output);
    await run(first, rest, user);
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

const tests = new Table('tests by', 'run');

describeWith(lack, 'a test that loads the package', () => {
  it.concurrent.each(RUNNERS.map((runner, index) => ({ ...runner, index })))(
    'is run by $tool with its defaults',
    ({ index, tool, files, args }) =>
      inTurn(async () => {
        const project = join(folder, `test-${tool.replace(':', '-')}`);
        mkdirSync(dirname(join(project, 'node_modules/readyd')), { recursive: true });
        cpSync(join(user, 'node_modules/readyd'), join(project, 'node_modules/readyd'), { recursive: true });
        const all: Readonly<Record<string, string>> = { 'package.json': '{ "private": true }', ...files };
        for (const [name, text] of Object.entries(all)) writeFileSync(join(project, name), text);
        await run(process.execPath, args, project);
        tests.set(index, tool === 'node:test' ? '`node:test`' : versionOf(tool), 'yes');
      }),
    LONG,
  );
});

describeWith(lack, 'docs/tools.md', () => {
  it('has the builds that were seen', () => expectInDocument(builds));
  it('has the test runners that were seen', () => expectInDocument(tests));
});
