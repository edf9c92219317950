// What is said when the addon does not load: a service manager waits for this service, and whoever reads the log has to
// know what to do without reading our code.
import { readFileSync } from 'node:fs';
import { SystemdError } from './errors.ts';

/** A file that was tried, and what was thrown. */
export interface Attempt {
  readonly path: string;
  readonly error: unknown;
}

const PREBUILT: readonly string[] = ['x64', 'arm64'];
const REBUILD =
  "run 'npm ci' in a checkout of readyd and set READYD_NATIVE to the path of what it builds in build/Release";

/** EMFILE and ENFILE as glibc and musl say them: dlopen(3) has no number to tell. */
const EXHAUSTED = /Too many open files|No file descriptors available/;

/** The first that fits what one of the attempts says. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    EXHAUSTED,
    'no descriptor is left to open it with: raise LimitNOFILE= of the unit, or find out what does not close its own',
  ],
  [
    /loading addons is disabled|ERR_DLOPEN_DISABLED/,
    "the permission model forbids addons: run node with '--allow-addons'",
  ],
  [/ffi access/i, "Deno was not allowed to load it: run deno with '--allow-ffi'"],
  [
    /failed to map segment|Operation not permitted/,
    'its file system may be mounted noexec: install the service elsewhere, or set READYD_NATIVE to a copy elsewhere',
  ],
  [
    /wrong ELF class|invalid ELF header|file too short|Exec format/,
    'the file is broken or for another processor: install readyd anew',
  ],
];
const MISSING =
  'install readyd on the system that it runs on; a bundler has to leave it out (as external), or its prebuilds folder has to be copied and READYD_NATIVE set';

/** The error that lists every attempt, the platform, and what to do. */
export function loadFailure(attempts: readonly Attempt[]): SystemdError {
  const lines = attempts.map(({ path, error }) => `  ${path}: ${reason(path, error)}`);
  return new SystemdError(
    'SD_ERR_NATIVE_UNAVAILABLE',
    `cannot load the addon of readyd on ${system()}; tried\n${lines.join('\n')}\nTo do: ${remedy(lines.join('\n'))}`,
    { cause: attempts.at(-1)?.error },
  );
}

/** Whether it may load later, once something has been closed. */
export function isForNow(failure: unknown): boolean {
  return failure instanceof SystemdError && EXHAUSTED.test(failure.message);
}

/** In one line, and without the path, with which dlopen(3) begins. */
function reason(path: string, error: unknown): string {
  const { code, message = String(error) } = (Object(error) ?? {}) as { code?: string; message?: string };
  const [line = ''] = message.split('\n');
  const text = line.replace(`${path}: `, '').replace('cannot open shared object file: ', '');
  return code === undefined || code === 'ERR_DLOPEN_FAILED' ? text : `${text} (${code})`;
}

function remedy(text: string): string {
  const { platform, arch } = process;
  if (platform !== 'linux')
    return `readyd talks to systemd, which runs on Linux: nothing should set $NOTIFY_SOCKET on ${platform}`;
  const [, found] = REMEDIES.find(([pattern]) => pattern.test(text)) ?? [];
  if (found !== undefined) return found;
  return PREBUILT.includes(arch) ? MISSING : `readyd brings no addon for ${arch}: ${REBUILD}`;
}

/** `linux-x64 with glibc`: one file serves either libc, but not every file that somebody built does. */
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
    return ''; // no /proc: it is left unsaid
  }
}
