// The error message if the addon does not load. A service manager waits for this service, so the message must explain
// the fix without the source code.
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SystemdError } from './errors.ts';

/** The files that were tried, with the error of each. */
type Attempts = ReadonlyMap<string, unknown>;

const PREBUILT: readonly string[] = ['x64', 'arm64'];
const REBUILD =
  "run 'npm ci' in a checkout of readyd and set READYD_NATIVE to the path of what it builds in build/Release";

/** The texts of EMFILE and ENFILE in glibc and musl: dlopen(3) returns no number. */
const EXHAUSTED = /Too many open files|No file descriptors available/;

/** The first entry that matches one of the attempts. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    EXHAUSTED,
    'no descriptor is left to open it with: raise LimitNOFILE= of the unit, or find out what does not close its own',
  ],
  [/ffi access/i, "Deno was not allowed to load it: run deno with '--allow-ffi'"],
  [
    /loading addons is disabled|ERR_DLOPEN_DISABLED/,
    "the permission model forbids addons: run node with '--allow-addons'",
  ],
  [
    /failed to map segment|Operation not permitted/,
    'its file system may be mounted noexec: install the service elsewhere, or set READYD_NATIVE to a copy elsewhere',
  ],
  [
    /wrong ELF class|invalid ELF header|file too short|Exec format|is for another processor/,
    'the file is broken or for another processor: reinstall readyd',
  ],
];
/** The remedy if no file exists, by kind of build. */
const MISSING = {
  package:
    'install readyd on the system that it runs on; a bundler has to leave it out (as external), and a tool that copies the files of a build has to copy node_modules/readyd/prebuilds, too',
  traced: (folder: string) =>
    `the tool that copied readyd for this build left the addon out: copy node_modules/readyd/prebuilds of the project to ${folder}/prebuilds (Next: outputFileTracingIncludes), or set READYD_NATIVE to the path of a copy`,
  bundle: (folder: string) =>
    `copy node_modules/readyd/prebuilds/linux-${process.arch}/readyd.node into ${folder}, beside the bundle (esbuild does it with --loader:.node=copy), set READYD_NATIVE to the path of a copy, or let the bundler leave readyd out (as external)`,
  executable: (folder: string) =>
    `copy node_modules/readyd/prebuilds/linux-${process.arch}/readyd.node into ${folder}, beside the executable, or set READYD_NATIVE to the path of a copy`,
} as const;

/** The error with every attempt, the platform, and the remedy. `folder` contains the code of this package. */
export function addonFailure(attempts: Attempts, folder: string | undefined): SystemdError {
  const inPackage = folder !== undefined && isPackage(dirname(folder));
  const lines = [...attempts]
    .map(([path, error]) => [path, reason(path, error)] as const)
    // In the package's own folder the addon is never beside the code, so a missing file there is not reported.
    .filter(([path, text]) => !(inPackage && path.startsWith(`${folder}/`) && isMissing(text)))
    .map(([path, text]) => `  ${path}: ${text}`);
  return new SystemdError(
    'SD_ERR_NATIVE_UNAVAILABLE',
    `cannot load the addon of readyd on ${system()}; tried\n${lines.join('\n')}\nTo do: ${remedy(lines.join('\n'), folder, inPackage)}`,
    { cause: [...attempts.values()].at(-1) },
  );
}

/** Whether the folder is the package, installed or a checkout. */
function isPackage(folder: string): boolean {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: unknown }).name === 'readyd';
  } catch {
    return false; // the file is missing or unreadable
  }
}

/** Whether a tool has copied those files of the package alone that code names: what traces files takes no README.md. */
function isTraced(folder: string): boolean {
  return !existsSync(join(folder, 'README.md'));
}

function isMissing(text: string): boolean {
  return /No such file or directory/.test(text);
}

/** Whether the addon may load later, once a descriptor was closed. */
export function isForNow(failure: unknown): boolean {
  return failure instanceof SystemdError && EXHAUSTED.test(failure.message);
}

/** The reason in one line, without the path with which dlopen(3) starts. */
function reason(path: string, error: unknown): string {
  const { code, message = String(error) } = (Object(error) ?? {}) as { code?: string; message?: string };
  const [line = ''] = message.split('\n');
  const text = line.replace(`${path}: `, '').replace('cannot open shared object file: ', '');
  // glibc reports a file for another processor as missing.
  if (isMissing(text) && isForeign(path)) return 'the file is for another processor';
  return code === undefined || code === 'ERR_DLOPEN_FAILED' ? text : `${text} (${code})`;
}

/** The e_machine of elf(5). */
const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

function isForeign(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false;
    const header = Buffer.alloc(20);
    const fd = openSync(path, 'r');
    try {
      readSync(fd, header);
    } finally {
      closeSync(fd);
    }
    return header.readUInt16LE(18) !== MACHINES[process.arch];
  } catch {
    return false; // the file does not exist
  }
}

function remedy(text: string, folder: string | undefined, inPackage: boolean): string {
  const { platform, arch } = process;
  if (platform !== 'linux')
    return `readyd talks to systemd, which runs on Linux: nothing should set $NOTIFY_SOCKET on ${platform}`;
  if (/loading addons is disabled/.test(text) && !hasPermissionModel())
    return "node runs with '--no-addons' (see also NODE_OPTIONS): leave it out";
  const [, found] = REMEDIES.find(([pattern]) => pattern.test(text)) ?? [];
  if (found !== undefined) return found;
  if (!PREBUILT.includes(arch)) return `readyd brings no addon for ${arch}: ${REBUILD}`;
  if (folder === undefined) return MISSING.package;
  if (inPackage) return isTraced(dirname(folder)) ? MISSING.traced(dirname(folder)) : MISSING.package;
  return folder === dirname(resolve(process.execPath)) ? MISSING.executable(folder) : MISSING.bundle(folder);
}

function hasPermissionModel(): boolean {
  return (process as { permission?: unknown }).permission !== undefined; // absent where the model is off
}

/** `linux-x64 with glibc`: our files work with either libc, but files built by others may not. */
function system(): string {
  const { platform, arch, versions } = process;
  const runtime = versions.bun ?? versions.deno;
  const name = versions.bun !== undefined ? 'Bun' : versions.deno !== undefined ? 'Deno' : 'Node';
  return `${platform}-${arch}${libc()}, ${name} ${runtime ?? versions.node}`;
}

function libc(): string {
  try {
    const maps = readFileSync('/proc/self/maps', 'utf8');
    if (/\/ld-musl-|-musl\/libc\.so$/m.test(maps)) return ' with musl';
    return /\/(?:libc\.so\.6|libc-2\.\d+\.so)$/m.test(maps) ? ' with glibc' : '';
  } catch {
    return ''; // without /proc it is unknown
  }
}
