// The package as users get it: packed, installed with scripts off, imported and required.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { native } from '../../src/native.ts';
import { createReceiver } from '../helpers/receiver.ts';
import { describeWith, LONG, testWith } from '../left-out.ts';
import { lackOfPackage } from './tarball.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'readyd-pack-'));
const user = join(folder, 'user');
const installed = join(user, 'node_modules/readyd');
const PREBUILD = `prebuilds/${process.platform}-${process.arch}/readyd.node`;
// Without a cross compiler, the package is for this machine only; CI has one.
const PREBUILDS = process.env.CI
  ? ['prebuilds/linux-x64/readyd.node', 'prebuilds/linux-arm64/readyd.node']
  : [PREBUILD];

const DOCUMENT = /^(docs\/[\w-]+\.(md|svg)|examples\/[\w/-]+\.(md|html|js|ts|json|service|socket))$/;

// Made by builds, or too large to copy. The copy has its own build, because other tests use the checkout's build meanwhile.
const LEFT_OUT = new Set(['.git', 'node_modules', 'build', 'dist', 'prebuilds']);

/** A folder with a compiler that has other defaults, as those of some distributions have. */
function otherCompiler(): string {
  const path = join(folder, 'bin');
  mkdirSync(path);
  const real = execFileSync('sh', ['-c', 'command -v g++'], { encoding: 'utf8' }).trim();
  const defaults = '-O2 -D_FORTIFY_SOURCE=3 -fstack-protector-all -fcf-protection=none';
  writeFileSync(join(path, 'g++'), `#!/bin/sh\nexec ${real} ${defaults} "$@"\n`, { mode: 0o755 });
  return path;
}

interface Packed {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number; readonly size: number }[];
}

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly devDependencies?: unknown;
  readonly builtWith: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly bundleDependencies?: readonly string[];
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional: boolean }>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly gypfile: boolean;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, Readonly<Record<string, string>>>>>>;
  readonly sideEffects: unknown;
}

/** npm as started by hand, not as started by the `npm test` that runs this. */
function npm(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_nodedir$)|READYD_|INIT_CWD$|NODE_ENV$)/.test(name),
  );
  return execFileSync('npm', [...args], {
    cwd,
    encoding: 'utf8',
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function copyOfCheckout(): string {
  const copy = join(folder, 'checkout');
  cpSync(root, copy, {
    recursive: true,
    filter: (path) => !LEFT_OUT.has(basename(path)) && (lstatSync(path).isFile() || lstatSync(path).isDirectory()),
  });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** What `npm pack` prints; it builds everything, which takes half a minute. */
function packWithBuild(): string {
  return npm(copyOfCheckout(), ['pack', '--json', '--pack-destination', folder], {
    CXXFLAGS: '-fstack-protector-all',
    PATH: `${otherCompiler()}:${process.env.PATH}`,
  });
}

let packed: Packed | undefined;
let manifest: Manifest | undefined;

function thePackage(): Packed & { readonly manifest: Manifest } {
  if (packed === undefined || manifest === undefined) throw new Error('not packed');
  return { ...packed, manifest };
}

describeWith(LONG, 'the tarball', () => {
  beforeAll(() => {
    const output = packWithBuild();
    // npm prints what the build prints before it
    [packed] = JSON.parse(output.slice(output.indexOf('[\n'))) as [Packed];
    mkdirSync(user);
    writeFileSync(join(user, 'package.json'), '{ "name": "user", "private": true }');
    npm(user, ['install', '--ignore-scripts', '--offline', '--no-audit', '--no-fund', join(folder, packed.filename)]);
    manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Manifest;
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  interface Ran {
    readonly code: number | null;
    readonly output: string;
  }

  /** Runs a program in the user's project. `setUp` runs in a shell that becomes it, and so has its pid in `$$`. */
  async function run(name: string, source: string, options: { setUp?: string; fds?: number[] } = {}): Promise<Ran> {
    writeFileSync(join(user, name), source);
    const child = spawn('sh', ['-c', `${options.setUp ?? ''} exec "$0" "$1"`, process.execPath, name], {
      cwd: user,
      stdio: ['ignore', 'pipe', 'pipe', ...(options.fds ?? [])],
      env: { PATH: process.env.PATH },
    });
    if (child.stdout === null || child.stderr === null) throw new Error('no pipes'); // what the types cannot know
    const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { code, output: output + errors };
  }

  const IMPORT = "import * as readyd from 'readyd';";
  const REQUIRE = "const readyd = require('readyd');";

  describe('the package', () => {
    it('has its files and no others', () => {
      const allowed =
        /^(dist\/.+\.(c?js|d\.c?ts)|prebuilds\/linux-(x64|arm64)\/readyd\.node|package\.json|(README|CHANGELOG|SECURITY)\.md|LICENSE)$/;
      const paths = thePackage().files.map(({ path }) => path);
      expect(paths.filter((path) => !allowed.test(path) && !DOCUMENT.test(path))).toEqual([]);
      const wanted = [
        'package.json',
        'README.md',
        'LICENSE',
        'CHANGELOG.md',
        'dist/index.js',
        'dist/index.d.ts',
        'dist/index.cjs',
        'dist/index.d.cts',
        'dist/diagnosis-worker.cjs',
        ...PREBUILDS,
      ];
      expect(wanted.filter((path) => !paths.includes(path))).toEqual([]);
    });

    it('runs nothing when it is installed', () => {
      const { scripts, devDependencies, gypfile } = thePackage().manifest;
      expect(scripts).toEqual({});
      expect(devDependencies).toBe(undefined);
      // Without it npm builds any package in which it finds a binding.gyp.
      expect(gypfile).toBe(false);
    });

    it('needs no other', () => {
      const { dependencies = {}, optionalDependencies = {}, bundleDependencies = [] } = thePackage().manifest;
      expect([dependencies, optionalDependencies, bundleDependencies]).toEqual([{}, {}, []]);
      const { peerDependencies = {}, peerDependenciesMeta = {} } = thePackage().manifest;
      expect(Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true)).toEqual([]);
      expect(npm(user, ['ls', '--all', '--parseable']).trim().split('\n')).toHaveLength(2);
    });

    it('has what its README and its documents link to', () => {
      const paths = thePackage().files.map(({ path }) => path);
      const pages = paths.filter((path) => path === 'README.md' || /^(docs|examples)\/.*\.md$/.test(path));
      expect(pages.length).toBeGreaterThan(30);
      const broken = pages.flatMap((page) => {
        const text = readFileSync(join(installed, page), 'utf8').replaceAll(/^```.*?^```/gms, '');
        const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link = '']) => link);
        return links
          .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(installed, dirname(page), link)))
          .map((link) => `${page}: ${link}`);
      });
      expect(broken).toEqual([]);
    });

    it('is below 1.5 MiB without its documents, and each of its addons below 60 KB', () => {
      const code = thePackage().files.filter(({ path }) => !DOCUMENT.test(path));
      expect(code.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(1536 * 1024);
      expect(thePackage().unpackedSize).toBeLessThan((1536 + 384) * 1024);
      for (const path of PREBUILDS) expect(lstatSync(join(installed, path)).size).toBeLessThan(60_000);
    });

    it('has what it exports', () => {
      const { exports, bin = {} } = thePackage().manifest;
      const entries = Object.values(exports).filter((target) => typeof target !== 'string');
      const conditions = entries.flatMap((entry) => Object.values(entry));
      const targets = conditions.flatMap((condition) => Object.values(condition));
      const paths = thePackage().files.map(({ path }) => `./${path}`);
      expect(targets.filter((target) => !paths.includes(target))).toEqual([]);
      expect(Object.values(bin).filter((target) => !paths.includes(`./${target.replace(/^\.\//, '')}`))).toEqual([]);
      for (const condition of conditions) expect(Object.keys(condition)).toEqual(['types', 'default']);
      for (const entry of entries) expect(Object.keys(entry)).toEqual(['bun', 'module-sync', 'require', 'default']);
    });

    testWith(
      lackOfPackage(),
      'has the addon that is built in any folder, whatever the compiler does by default',
      () => {
        const addons = [installed, root].map((path) => createHash('sha256').update(readFileSync(join(path, PREBUILD))));
        const [packedHash, ownHash] = addons.map((hash) => hash.digest('hex'));
        expect(packedHash).toBe(ownHash);
      },
    );

    it('says what its addons were built with', () => {
      const { builtWith } = thePackage().manifest;
      for (const path of PREBUILDS) expect(builtWith[path.split('/')[1] ?? '']).toMatch(/g\+\+.* \d+\.\d+\.\d+$/);
    });

    it('has the exports that follow from scripts/entry-points.js', () => {
      const program = "import('./scripts/entry-points.js').then(({ fields }) => console.log(JSON.stringify(fields())))";
      const output = execFileSync(process.execPath, ['-e', program], { cwd: root, encoding: 'utf8' });
      expect(thePackage().manifest).toMatchObject(JSON.parse(output));
    });

    it('leaves package.json of the checkout as it was', () => {
      const text = readFileSync(join(folder, 'checkout/package.json'), 'utf8');
      expect(text).toBe(readFileSync(join(root, 'package.json'), 'utf8'));
    });
  });

  describe('what checks a release', () => {
    const check = (tarball: string) =>
      spawnSync(process.execPath, [join(root, 'scripts/check-release.js'), tarball], { encoding: 'utf8' });

    it.runIf(process.env.CI)('takes the package', () => {
      expect(check(join(folder, thePackage().filename))).toMatchObject({ status: 0, stderr: '' });
    });

    it('refuses one that lacks a file, or has one too many', () => {
      const copy = mkdtempSync(join(folder, 'broken-'));
      cpSync(installed, join(copy, 'package'), { recursive: true });
      rmSync(join(copy, 'package/prebuilds'), { recursive: true });
      rmSync(join(copy, 'package/dist/pino.js'));
      writeFileSync(join(copy, 'package/secrets.txt'), 'none');
      writeFileSync(join(copy, 'package/CHANGELOG.md'), Buffer.alloc(1536 * 1024));
      execFileSync('tar', ['-czf', 'broken.tgz', 'package'], { cwd: copy });
      const { status, stderr } = check(join(copy, 'broken.tgz'));
      expect(status).toBe(1);
      expect(stderr.trim().replaceAll('check-release.js: ', '').split('\n')).toEqual([
        'prebuilds/linux-x64/readyd.node is missing',
        'prebuilds/linux-arm64/readyd.node is missing',
        'dist/pino.js is missing',
        'secrets.txt is not on the list',
        expect.stringMatching(/^unpacked, it has \d+ bytes, more than 1572864$/),
      ]);
    });
  });

  describe.each([
    ['import', 'main.mjs', IMPORT],
    ['require', 'main.cjs', REQUIRE],
  ])('a user who uses %s', (_, file, load) => {
    it('gets the same functions', async () => {
      const { code, output } = await run(file, `${load} console.log(JSON.stringify(Object.keys(readyd)));`);
      expect({ code, output }).toMatchObject({ code: 0 });
      const names = JSON.parse(output) as string[];
      expect(names).toEqual(expect.arrayContaining(['ready', 'notifySync', 'listenFds', 'listen', 'SystemdError']));
    });

    it('tells the manager that the service is ready, by the prebuilt addon', async () => {
      await using receiver = createReceiver();
      const program = `${load}
      readyd.ready('from a tarball').then((sent) => {
        const maps = process.getBuiltinModule('node:fs').readFileSync('/proc/self/maps', 'utf8');
        console.log(sent, [...new Set(maps.match(/\\/.*\\.node$/gm))].join());
      });`;
      const ran = await run(file, program, { setUp: `export NOTIFY_SOCKET='${receiver.path}';` });
      expect(ran).toEqual({ code: 0, output: `true ${join(installed, PREBUILD)}\n` });
      expect(await receiver.arrived(1)).toEqual(['READY=1\nSTATUS=from a tarball']);
    });

    it('serves a socket that was passed', async () => {
      const fd = native().bindInet('127.0.0.1', 0, 0, 5);
      const facts = native().describe(fd, 0);
      if (typeof facts === 'number') throw new Error(`describe: ${facts}`);
      const program = `${load}
      const server = process.getBuiltinModule('node:net').createServer((socket) => {
        socket.end(readyd.listenFds().at(0).name);
        server.close();
      });
      readyd.listen(server).then(({ activated, address }) => console.log(activated, address.port));`;
      // Queued before the service starts, as in socket activation
      const client = connect(facts.port, '127.0.0.1');
      const greeting = text(client);
      const setUp = 'export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web;';
      const ran = await run(file, program, { setUp, fds: [fd] });
      native().close(fd);
      expect(ran).toEqual({ code: 0, output: `true ${facts.port}\n` });
      expect(await greeting).toBe('web');
    });
  });

  describe('a user who uses both', () => {
    it('has one instance in Node', async () => {
      const program = `
      import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      for (const name of ['readyd', 'readyd/pino', 'readyd/winston', 'readyd/testing']) {
        const [imported, required] = [await import(name), require(name)];
        for (const key of Object.keys(imported)) if (imported[key] !== required[key]) console.log(name, key);
        console.log(name, Object.keys(imported).length > 0);
      }`;
      const output = 'readyd true\nreadyd/pino true\nreadyd/winston true\nreadyd/testing true\n';
      expect(await run('both.mjs', program)).toEqual({ code: 0, output });
    });

    it('has the same state where a tool has loaded the one for CommonJS, too', async () => {
      const program = `
      import { createRequire } from 'node:module';
      import * as imported from 'readyd';
      const required = createRequire(import.meta.url)(${JSON.stringify(join(installed, 'dist/index.cjs'))});
      console.log(imported.ready === required.ready, imported.listenFds() === required.listenFds());
      console.log(Object.keys(imported).filter((name) => !(name in required)).length);`;
      expect(await run('state.mjs', program)).toEqual({ code: 0, output: 'false true\n0\n' });
    });
  });

  describe('a tool that takes CommonJS alone', () => {
    it('gets all that there is, by the condition "require"', async () => {
      const program = `
      const { readFileSync } = require('node:fs');
      const manifest = JSON.parse(readFileSync('node_modules/readyd/package.json', 'utf8'));
      for (const name of ['.', './pino', './winston', './testing']) {
        const entry = manifest.exports[name];
        const commonjs = require(require('node:path').resolve('node_modules/readyd', entry.require.default));
        import(require('node:path').resolve('node_modules/readyd', entry.default.default)).then((module) => {
          const [one, two] = [commonjs, module].map((all) => Object.keys(all).sort().join());
          console.log(one === two);
        });
      }`;
      const { code, output } = await run('tool.cjs', program);
      expect({ code, output }).toEqual({ code: 0, output: 'true\n'.repeat(4) });
    });
  });
});
