// Specifiers whose values come from this machine and user: systemd.unit(5), "Specifiers". For root, the values of the
// system's manager; otherwise those of the user's manager.
import { readFileSync } from 'node:fs';
import { homedir, hostname, release, tmpdir, userInfo } from 'node:os';
import { dirname } from 'node:path';
import type { Specifiers } from './specifiers.ts';

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'x86-64',
  ia32: 'x86',
  ppc64: 'ppc64-le',
  riscv64: 'riscv64',
  loong64: 'loongarch64',
  s390x: 's390x',
  arm64: 'arm64',
  arm: 'arm',
};

/** Includes those of the unit's name. Each is looked up on access, because most units use none. */
export function systemSpecifiers(path: string, name: Specifiers, env: NodeJS.ProcessEnv = process.env): Specifiers {
  const lookUps: Readonly<Record<string, () => string | undefined>> = {
    ...folders(env),
    a: () => ARCHITECTURES[process.arch],
    b: () => readLine('/proc/sys/kernel/random/boot_id')?.replaceAll('-', ''),
    m: () => readLine('/etc/machine-id'),
    H: hostname,
    l: () => hostname().split('.')[0],
    q: hostname,
    v: release,
    g: () => idName('/etc/group', userInfo().gid),
    G: () => String(userInfo().gid),
    u: () => userInfo().username,
    U: () => String(userInfo().uid),
    s: () => userInfo().shell ?? undefined,
    h: () => (process.getuid?.() === 0 ? userInfo().homedir : homedir()),
    o: () => osRelease('ID'),
    w: () => osRelease('VERSION_ID') ?? '',
    B: () => osRelease('BUILD_ID') ?? '',
    W: () => osRelease('VARIANT_ID') ?? '',
    M: () => osRelease('IMAGE_ID') ?? '',
    A: () => osRelease('IMAGE_VERSION') ?? '',
    T: () => tmpdir(),
    V: () => env.TMPDIR ?? '/var/tmp',
    y: () => path,
    Y: () => dirname(path),
    d: () => undefined,
  };
  return Object.defineProperties(
    { ...name },
    Object.fromEntries(Object.entries(lookUps).map(([name, get]) => [name, { get, enumerable: true }])),
  );
}

function folders(env: NodeJS.ProcessEnv): Record<string, () => string | undefined> {
  if (process.getuid?.() === 0) {
    const fixed = { t: '/run', S: '/var/lib', C: '/var/cache', L: '/var/log', E: '/etc', D: '/usr/share' };
    return Object.fromEntries(Object.entries(fixed).map(([name, value]) => [name, () => value]));
  }
  const below = (variable: string, otherwise: string): string => env[variable] ?? `${homedir()}/${otherwise}`;
  return {
    t: () => env.XDG_RUNTIME_DIR,
    S: () => below('XDG_STATE_HOME', '.local/state'),
    C: () => below('XDG_CACHE_HOME', '.cache'),
    L: () => `${below('XDG_STATE_HOME', '.local/state')}/log`,
    E: () => below('XDG_CONFIG_HOME', '.config'),
    D: () => below('XDG_DATA_HOME', '.local/share'),
  };
}

function readLine(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').split('\n')[0];
  } catch {
    return undefined;
  }
}

function idName(file: string, id: number): string {
  const line = read(file).find((one) => one.split(':')[2] === String(id));
  return line?.split(':')[0] ?? String(id);
}

function osRelease(key: string): string | undefined {
  const lines = read('/etc/os-release');
  const value = lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1);
  return value?.replace(/^(["'])(.*)\1$/, '$2');
}

function read(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}
