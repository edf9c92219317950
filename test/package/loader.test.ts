// The file that the loader takes as the addon, and the error if it finds none. Each case runs in its own process, on a copy of
// the package with only the files of the case.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const BUILT = join(root, 'build/Release/readyd.node');
const LOCAL = 'build/Release/readyd.node';
const PREBUILT = `prebuilds/${process.platform}-${process.arch}/readyd.node`;

const folder = mkdtempSync(join(tmpdir(), 'readyd-loader-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An installed package with these files; `true` is the addon, a text something else. */
function install(files: Readonly<Record<string, true | string>>): string {
  const copy = mkdtempSync(join(folder, 'package-'));
  const filter = (path: string): boolean => !/\.d\.c?ts$/.test(path);
  cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true, filter });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(copy, name)), { recursive: true });
    if (content === true) cpSync(BUILT, join(copy, name));
    else writeFileSync(join(copy, name), content);
  }
  return copy;
}

interface Answer {
  /** What ready() resolved to. */
  readonly sent?: boolean;
  /** Which addon was loaded, relative to the package. */
  readonly loaded?: string;
  readonly code?: string;
  readonly message?: string;
}

const PROGRAM = `
  import { readFileSync } from 'node:fs';
  const [path] = process.argv.slice(1);
  const { ready } = await import(path);
  try {
    const sent = await ready();
    console.log(JSON.stringify({ sent }));
  } catch ({ code, message }) {
    const [loaded] = readFileSync('/proc/self/maps', 'utf8').match(/\\/.*readyd\\.node$/m) ?? [];
    console.log(JSON.stringify({ code, message, loaded }));
  }`;

/** Calls ready() in its own process. No process reads the socket, so the call fails once the addon is loaded. */
function callReady(
  copy: string,
  env: Record<string, string> = {},
  options: readonly string[] = [],
  within: readonly string[] = [],
): Answer {
  const program = [...options, '--input-type=module', '-e', PROGRAM, join(copy, 'dist/index.js')];
  const [command = '', ...args] = [...within, process.execPath, ...program];
  const { stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  });
  if (stdout === '') throw new Error(stderr);
  const answer = JSON.parse(stdout) as Answer; // what the program above prints
  return answer.loaded === undefined ? answer : { ...answer, loaded: answer.loaded.replace(`${copy}/`, '') };
}

const SUPERVISED = { NOTIFY_SOCKET: '@readyd-loader-nobody' };

describe('the addon in use is', () => {
  it('the local build, before the one that the package brings', () => {
    const copy = install({ [LOCAL]: true, [PREBUILT]: true });
    expect(callReady(copy, SUPERVISED)).toMatchObject({ code: 'ECONNREFUSED', loaded: LOCAL });
  });

  it('the one that the package brings', () => {
    expect(callReady(install({ [PREBUILT]: true }), SUPERVISED)).toMatchObject({ loaded: PREBUILT });
  });

  it('the one that READYD_NATIVE names, before all others', () => {
    const copy = install({ [LOCAL]: true, [PREBUILT]: true, 'other/readyd.node': true });
    const env = { ...SUPERVISED, READYD_NATIVE: join(copy, 'other/readyd.node') };
    expect(callReady(copy, env)).toMatchObject({ loaded: 'other/readyd.node' });
  });

  it('the one beside the code, as in a bundle, before those of a package', () => {
    const copy = install({ 'dist/readyd.node': true, [LOCAL]: true, [PREBUILT]: true });
    expect(callReady(copy, SUPERVISED)).toMatchObject({ loaded: 'dist/readyd.node' });
  });

  it('another one where READYD_NATIVE names none', () => {
    const env = { ...SUPERVISED, READYD_NATIVE: '/nowhere/readyd.node' };
    expect(callReady(install({ [PREBUILT]: true }), env)).toMatchObject({ loaded: PREBUILT });
  });
});

describe('the import', () => {
  it('loads no addon, and of what Node has only two modules that are not there already', () => {
    const copy = install({ [PREBUILT]: true });
    const program = join(copy, 'program.mjs');
    writeFileSync(
      program,
      `import { readFileSync } from 'node:fs';
      const before = process.moduleLoadList.length;
      await import('./dist/index.js');
      const names = process.moduleLoadList.slice(before).map((name) => /^NativeModule ([a-z_]+)$/.exec(name)?.[1]);
      const addon = readFileSync('/proc/self/maps', 'utf8').includes('readyd.node');
      console.log(JSON.stringify({ names: names.filter(Boolean), addon }));`,
    );
    const { stdout } = spawnSync(process.execPath, [program], { encoding: 'utf8', env: { PATH: process.env.PATH } });
    const { names, addon } = JSON.parse(stdout) as { names: string[]; addon: boolean }; // what the program prints
    expect(addon).toBe(false);
    expect(names.filter((name) => !['os', 'diagnostics_channel'].includes(name))).toEqual([]);
  });
});

function lines({ code, message = '' }: Answer): readonly string[] {
  expect(code).toBe('SD_ERR_NATIVE_UNAVAILABLE');
  return message.split('\n');
}

describe('where none can be loaded, the error', () => {
  const system = `${process.platform}-${process.arch} with glibc, Node ${process.versions.node}`;

  it('lists what was tried in its order, the system, and what to do', () => {
    const copy = install({ 'README.md': '' });
    expect(lines(callReady(copy, { ...SUPERVISED, READYD_NATIVE: '/nowhere/readyd.node' }))).toEqual([
      `cannot load the addon of readyd on ${system}; tried`,
      '  /nowhere/readyd.node: No such file or directory',
      `  ${copy}/${LOCAL}: No such file or directory`,
      `  ${copy}/${PREBUILT}: No such file or directory`,
      expect.stringMatching(/^To do: install readyd on the system that it runs on; a bundler has to leave it out/),
    ]);
  });

  it('tells a folder into which a tool has traced files what the tool left out', () => {
    const copy = install({});
    expect(lines(callReady(copy, SUPERVISED)).at(-1)).toMatch(
      new RegExp(
        `^To do: the tool that copied readyd .* copy node_modules/readyd/prebuilds of the project to ${copy}/prebuilds `,
      ),
    );
  });

  it('tells that the file system is mounted noexec', () => {
    const mounted = mkdtempSync(join(folder, 'noexec-'));
    const copy = install({ [PREBUILT]: true, 'README.md': '' });
    // Mounts for this process alone, as root of a user namespace where it is not root.
    const within = process.getuid?.() === 0 ? ['unshare', '-m'] : ['unshare', '-rm'];
    const mount = 'mount -t tmpfs -o noexec tmpfs "$0" && cp -r "$1"/. "$0" && shift && exec "$@"';
    const ran = callReady(mounted, SUPERVISED, [], [...within, 'sh', '-c', mount, mounted, copy]);
    const said = lines(ran);
    expect(said.find((line) => line.startsWith(`  ${mounted}/${PREBUILT}: `))).toMatch(
      /: failed to map segment from shared object|: Operation not permitted/,
    );
    expect(said.at(-1)).toBe(
      'To do: its file system may be mounted noexec: install the service elsewhere, or set READYD_NATIVE to a copy elsewhere',
    );
  });

  it('tells a broken file from one that is missing', () => {
    const [, , prebuilt, todo] = lines(callReady(install({ [PREBUILT]: 'no addon' }), SUPERVISED));
    expect(prebuilt).toMatch(/: file too short$|: invalid ELF header$/);
    expect(todo).toBe('To do: the file is broken or for another processor: reinstall readyd');
  });

  it('tells a file that is for another processor, of which libc says that it is missing', () => {
    const bytes = readFileSync(BUILT);
    bytes.writeUInt16LE(process.arch === 'x64' ? 183 : 62, 18);
    const copy = install({});
    const other = join(copy, 'other.node');
    writeFileSync(other, bytes);
    const all = lines(callReady(copy, { ...SUPERVISED, READYD_NATIVE: other }));
    expect(all[1]).toBe(`  ${other}: the file is for another processor`);
    expect(all.at(-1)).toMatch(/^To do: the file is broken or for another processor/);
  });

  it.each([
    [
      'index.cjs',
      /^To do: copy node_modules\/readyd\/prebuilds\/linux-\w+\/readyd\.node into (\S+), beside the bundle \(/,
    ],
  ])('tells a bundle where to put the file: %s', (name, expected) => {
    const bundle = mkdtempSync(join(folder, 'bundle-'));
    for (const file of [name, 'shared.cjs']) cpSync(join(root, 'dist', file), join(bundle, file));
    const program = `require(process.argv[1]).ready().catch(({ message }) => console.log(message));`;
    const { stdout } = spawnSync(process.execPath, ['-e', program, join(bundle, name)], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...SUPERVISED },
    });
    const [, first, ...rest] = stdout.trim().split('\n');
    expect(first).toBe(`  ${bundle}/readyd.node: No such file or directory`);
    expect(rest.at(-1)).toMatch(expected);
    expect(expected.exec(rest.at(-1) ?? '')?.[1]).toBe(bundle);
  });

  it("tells that node runs with '--no-addons'", () => {
    const todo = lines(callReady(install({ [PREBUILT]: true }), SUPERVISED, ['--no-addons'])).at(-1);
    expect(todo).toBe("To do: node runs with '--no-addons' (see also NODE_OPTIONS): leave it out");
  });

  it('tells that the permission model forbids it', () => {
    const options = [
      process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission',
    ];
    const todo = lines(callReady(install({ [PREBUILT]: true }), SUPERVISED, [...options, '--allow-fs-read=*'])).at(-1);
    expect(todo).toBe("To do: the permission model forbids addons: run node with '--allow-addons'");
  });
});

describe('a service whose manager waits', () => {
  it('fails at once, in one line that names the fix, and starts nothing', () => {
    const copy = install({});
    const program = `
      const { service } = await import(process.argv[1]);
      await service({ start: () => console.log('started') });
      console.log('after');`;
    const ran = spawnSync(process.execPath, ['--input-type=module', '-e', program, join(copy, 'dist/index.js')], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...SUPERVISED },
    });
    expect(ran).toMatchObject({ status: 1, signal: null, stdout: 'after\n' });
    const said = ran.stderr.trim().split('\n');
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(
      / the service cannot start: cannot load the addon of readyd on \S+ .* To do: the tool that copied readyd/,
    );
  });
});

describe('on a system that has no addon', () => {
  const pretend = (platform: string, arch: string) => {
    const source = `
      Object.defineProperty(process, 'platform', { value: '${platform}' });
      Object.defineProperty(process, 'arch', { value: '${arch}' });`;
    return ['--import', `data:text/javascript,${encodeURIComponent(source)}`];
  };

  it.each([
    ['darwin', 'arm64'],
    ['win32', 'x64'],
    ['linux', 'riscv64'],
  ])('%s-%s, importing works, and ready() resolves false', (platform, arch) => {
    expect(callReady(install({ [PREBUILT]: true }), {}, pretend(platform, arch))).toEqual({ sent: false });
  });

  it.each([
    ['darwin', 'arm64', 'readyd talks to systemd, which runs on Linux: nothing should set $NOTIFY_SOCKET on darwin'],
    [
      'linux',
      'riscv64',
      "readyd brings no addon for riscv64: run 'npm ci' in a checkout of readyd and set READYD_NATIVE to the path of what it builds in build/Release",
    ],
  ])('%s-%s, a supervised service learns what was tried', (platform, arch, todo) => {
    const copy = install({ [PREBUILT]: true });
    expect(lines(callReady(copy, SUPERVISED, pretend(platform, arch)))).toEqual([
      expect.stringContaining(`on ${platform}-${arch}`),
      `  ${copy}/${LOCAL}: No such file or directory`,
      `  ${copy}/prebuilds/${platform}-${arch}/readyd.node: No such file or directory`,
      `To do: ${todo}`,
    ]);
  });
});
