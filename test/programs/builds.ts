// The folders of the programs as they are on a server, in build/programs: made once in a run, for every systemd.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packInto } from '../package/tarball.ts';
import { cached } from '../runtimes.ts';
import { packageRoot } from '../systemd/boot.ts';

const OUTPUT = join(packageRoot(), 'build/programs');
const APPS = join(packageRoot(), 'test/programs/apps');

/** What `npm ci --ignore-scripts --prefix test/programs` installs. */
export const MODULES: string = join(packageRoot(), 'test/programs/node_modules');
export const PNPM: string = cached('pnpm', 'package/bin/pnpm.cjs');
export const YARN: string = cached('yarn4', 'package/bin/yarn.js');

const NODE = process.execPath;
const BUILDS: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  next: buildNext,
  sveltekit: buildSvelteKit,
  sea: buildExecutable,
  'express-generator': generateExpress,
  plugnplay: (folder) => installSirv(folder, [YARN, 'install']),
  pnpm: (folder) => installSirv(folder, [PNPM, 'install', '--offline']),
};

const built = new Map<string, Promise<string>>();

/** Resolves to a folder with the program in it. A program that is only an application finds its packages there, too. */
export function build(name: string): Promise<string> {
  const folder = built.get(name) ?? buildAnew(name);
  built.set(name, folder);
  return folder;
}

async function buildAnew(name: string): Promise<string> {
  const folder = join(OUTPUT, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (existsSync(join(APPS, name))) cpSync(join(APPS, name), folder, { recursive: true });
  await (BUILDS[name] ?? linkPackages)(folder);
  return name === 'next' ? join(folder, '.next/standalone') : folder;
}

/** Its home is the folder itself, so it has no settings of the user; and no variable of a test runner. */
async function run(folder: string, command: string, ...args: string[]): Promise<void> {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    NEXT_TELEMETRY_DISABLED: '1',
    YARN_ENABLE_NETWORK: '0',
    npm_config_offline: 'true',
  };
  await promisify(execFile)(command, args, { cwd: folder, env });
}

async function linkPackages(folder: string): Promise<void> {
  symlinkSync(MODULES, join(folder, 'node_modules'));
}

/** Turbopack follows no link that leads out of the project: so the packages are in it, as hard links. */
async function buildNext(folder: string): Promise<void> {
  await run(folder, 'cp', '-al', MODULES, 'node_modules');
  await run(folder, NODE, 'node_modules/next/dist/bin/next', 'build');
  rmSync(join(folder, 'node_modules'), { recursive: true });
  cpSync(join(folder, '.next/static'), join(folder, '.next/standalone/.next/static'), { recursive: true });
}

async function buildSvelteKit(folder: string): Promise<void> {
  await linkPackages(folder);
  await run(folder, NODE, 'node_modules/vite/bin/vite.js', 'build');
}

async function buildExecutable(folder: string): Promise<void> {
  const config = { main: 'server.js', output: 'server.blob', disableExperimentalSEAWarning: true };
  writeFileSync(join(folder, 'sea.json'), JSON.stringify(config));
  await run(folder, NODE, '--experimental-sea-config', 'sea.json');
  cpSync(NODE, join(folder, 'server'));
  const fuse = ['--sentinel-fuse', 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'];
  await run(folder, NODE, join(MODULES, 'postject/dist/cli.js'), 'server', 'NODE_SEA_BLOB', 'server.blob', ...fuse);
}

async function generateExpress(folder: string): Promise<void> {
  await run(folder, NODE, join(MODULES, 'express-generator/bin/express-cli.js'), '--no-view', '--force', folder);
  await linkPackages(folder);
}

/** The packages come from folders, because this test is not about the registry. */
async function installSirv(folder: string, installer: readonly string[]): Promise<void> {
  cpSync(join(APPS, 'sirv'), folder, { recursive: true });
  cpSync(packInto(folder), join(folder, 'readyd.tgz'));
  const names = ['sirv', '@polka/url', 'mrmime', 'totalist'];
  const packages = Object.fromEntries(names.map((name) => [name, `file:./packages/${name}`]));
  for (const name of names) cpSync(join(MODULES, name), join(folder, 'packages', name), { recursive: true });
  const manifest = {
    name: 'user',
    private: true,
    dependencies: { readyd: 'file:./readyd.tgz', sirv: packages.sirv },
    resolutions: packages,
    pnpm: { overrides: packages },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'yarn.lock'), ''); // a project of its own
  writeFileSync(join(folder, '.yarnrc.yml'), 'enableTelemetry: false\nenableGlobalCache: false\nnodeLinker: pnp\n');
  await run(folder, NODE, ...installer);
}
