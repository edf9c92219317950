// The output of package managers when they install the package, and programs that run with yarn's Plug'n'Play.
import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith, type Lack, testWith } from '../left-out.ts';
import { cached, installed } from '../runtimes.ts';
import { lackOfPackage, packInto } from './tarball.ts';
import { COMMONJS, serve, WORKS } from './tools/service.ts';
import { expectInDocument, Table } from './tools/table.ts';

const folder = mkdtempSync(join(tmpdir(), 'readyd-installers-'));
const YARN = cached('yarn4', 'package/bin/yarn.js');
const MINE = 'readyd.tgz';
/** Another package, which has an install script. */
const OTHER = 'scripted.tgz';

const packageLack = lackOfPackage();

beforeAll(async () => {
  if (packageLack !== undefined) return;
  copyFileSync(packInto(folder), join(folder, MINE));
  const scripted = join(folder, 'scripted/package');
  mkdirSync(scripted, { recursive: true });
  const scripts = { postinstall: 'node -e 0' };
  writeFileSync(join(scripted, 'package.json'), JSON.stringify({ name: 'scripted', version: '1.0.0', scripts }));
  await run('tar', ['-czf', join(folder, OTHER), '-C', join(folder, 'scripted'), 'package'], folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Resolves to everything that a command prints. Its home is the folder of this test, so it has no settings of the user. */
async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    NO_COLOR: '1',
    YARN_ENABLE_NETWORK: '0',
    npm_config_offline: 'true',
  };
  const { stdout, stderr } = await promisify(execFile)(command, args, { cwd, env });
  return stdout + stderr;
}

/** A project with these dependencies, as files beside its package.json. */
function project(name: string, dependencies: readonly string[], fields: object = {}): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const file of dependencies) copyFileSync(join(folder, file), join(path, file));
  const entries = dependencies.map((file) => [file.replace('.tgz', ''), `file:./${file}`]);
  const manifest = { name: 'user', private: true, dependencies: Object.fromEntries(entries), ...fields };
  writeFileSync(join(path, 'package.json'), JSON.stringify(manifest));
  // This file makes yarn 4 treat the folder as a separate project.
  writeFileSync(join(path, 'yarn.lock'), '');
  writeFileSync(join(path, '.yarnrc.yml'), 'enableTelemetry: false\nenableGlobalCache: false\nnodeLinker: pnp\n');
  return path;
}

interface Installer {
  readonly name: string;
  /** What docs/tools.md calls it. */
  readonly title: string;
  readonly lack: Lack | undefined;
  /** Installs, and prints which packages have install scripts. */
  readonly commands: readonly (readonly [command: string, ...args: string[]])[];
}

const lackOf = (name: string, path: string | undefined) => {
  if (path !== undefined && existsSync(path)) return packageLack;
  return { reason: `${name} is not installed`, command: `test/runtimes.sh ${name}` };
};
const pnpm = installed('pnpm', 'package/bin/pnpm.cjs');
const bun = installed('bun', 'bun');
const YARN_TITLE = 'yarn 4';
const yarnLack = lackOf('yarn4', YARN);

const INSTALLERS: readonly Installer[] = [
  {
    name: 'npm',
    title: 'npm',
    lack: packageLack,
    commands: [['npm', 'install', '--foreground-scripts', '--no-audit', '--no-fund']],
  },
  {
    name: 'pnpm',
    title: 'pnpm 10',
    lack: lackOf('pnpm', pnpm),
    commands: [[process.execPath, pnpm ?? '', 'install', '--offline']],
  },
  { name: 'yarn', title: YARN_TITLE, lack: yarnLack, commands: [[process.execPath, YARN, 'install']] },
  {
    name: 'bun',
    title: 'Bun 1',
    lack: lackOf('bun', bun),
    commands: [
      [bun ?? '', 'install'],
      [bun ?? '', 'pm', 'untrusted'],
    ],
  },
];

/** Lines about scripts: npm's, pnpm's, yarn's, and the list of bun. */
const ABOUT_SCRIPTS = /postinstall|install-scripts {3}|build scripts|^\.\/node_modules\//;

const installs = new Table('installed by', 'into', 'runs');

for (const [index, { name, title, lack, commands }] of INSTALLERS.entries()) {
  testWith(lack, `${name} lists no install script of the package, but that of another`, async () => {
    const path = project(`output-${name}`, [MINE, OTHER]);
    let output = '';
    for (const [command, ...args] of commands) output += await run(command, args, path);
    // Without the names of the files and of this folder.
    const about = output.split('\n').filter((line) => ABOUT_SCRIPTS.test(line));
    const all = about.join('\n').replaceAll(folder, '');
    expect({ output, named: /scripted/.test(all) }).toMatchObject({ named: true });
    expect(all).not.toMatch(/readyd/);
  });

  if (name === 'yarn') continue; // its kinds of projects are below
  testWith(lack, `a service that ${name} has installed runs where its folder was moved to`, async () => {
    const moved = join(folder, `moved-${name}`);
    if (!existsSync(moved)) renameSync(join(folder, `output-${name}`), moved);
    writeFileSync(join(moved, 'main.cjs'), COMMONJS);
    expect(await serve(process.execPath, ['main.cjs'], moved)).toEqual(WORKS);
    installs.set(index, title, '`node_modules`', 'yes');
  });
}

describeWith(yarnLack, "a service that yarn's PnP has installed, moved elsewhere", () => {
  it.each([
    { how: 'unplugged', fields: {}, entries: WORKS.log, runs: 'yes' },
    {
      how: 'zipped',
      fields: { dependenciesMeta: { readyd: { unplugged: false } } },
      entries: [/^a blocked event loop will not be diagnosed: /, ...WORKS.log],
      runs: 'yes, without `diagnose: true`',
    },
  ])('$how', async ({ how, fields, entries, runs }) => {
    const built = project(`pnp-${how}`, [MINE], fields);
    writeFileSync(join(built, 'main.cjs'), COMMONJS);
    await run(process.execPath, [YARN, 'install'], built);
    expect(existsSync(join(built, 'node_modules'))).toBe(false);
    expect(existsSync(join(built, '.yarn/unplugged'))).toBe(how === 'unplugged');
    const moved = mkdtempSync(join(folder, 'moved-'));
    cpSync(built, moved, { recursive: true });
    rmSync(built, { recursive: true });
    const seen = await serve(process.execPath, ['--require', './.pnp.cjs', 'main.cjs'], moved, entries);
    expect(seen.answer).toBe(WORKS.answer);
    expect(seen.log).toHaveLength(entries.length);
    installs.set(INSTALLERS.length + installs.lines.length, YARN_TITLE, `Plug'n'Play, ${how}`, runs);
  });
});

describeWith(yarnLack ?? INSTALLERS.find(({ lack }) => lack !== undefined)?.lack, 'docs/tools.md', () => {
  it('has the installers that were seen', () => expectInDocument(installs));
});
