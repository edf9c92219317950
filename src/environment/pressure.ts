// Finds the source of memory pressure events: the kernel or the service manager. https://systemd.io/PRESSURE
import { readFileSync } from 'node:fs';
import { invalidEnvironment } from '../errors.ts';
import { checkAbsolutePath } from './absolute-path.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface PressureWatch {
  /** The files to try in this order; with several, each may be missing. */
  readonly paths: readonly string[];
  /** The data to write into the file once it is open. */
  readonly write: Buffer;
  /** The source is a default, not configured: an unsupported source is not an error. */
  readonly byDefault: boolean;
}

/** systemd's own default: some task stalled for 200 ms within 2 s, the shortest window without privileges. */
const DEFAULT_WRITE = Buffer.from('some 200000 2000000\0');
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/**
 * Parses `$MEMORY_PRESSURE_WATCH` and `$MEMORY_PRESSURE_WRITE`; undefined if they disable the watch.
 * @throws SystemdError `SD_ERR_INVALID_ENV`.
 */
export function readPressureWatch(env: Environment): PressureWatch | undefined {
  const watch = env.MEMORY_PRESSURE_WATCH;
  if (watch === undefined) return { paths: defaultPaths(), write: DEFAULT_WRITE, byDefault: true };
  if (watch === '' || watch === '/dev/null') return undefined;
  const path = checkAbsolutePath('MEMORY_PRESSURE_WATCH', watch);
  return { paths: [path], write: decode(env.MEMORY_PRESSURE_WRITE ?? ''), byDefault: false };
}

function decode(text: string): Buffer {
  if (BASE64.test(text)) return Buffer.from(text, 'base64');
  throw invalidEnvironment('MEMORY_PRESSURE_WRITE', text, 'it must be base64');
}

/** The pressure of the own cgroup, or else of the whole machine. */
function defaultPaths(): readonly string[] {
  const cgroup = ownCgroup();
  const machine = '/proc/pressure/memory';
  return cgroup === undefined ? [machine] : [`/sys/fs/cgroup${cgroup}/memory.pressure`, machine];
}

/** cgroups(7): the line of version 2 starts with `0::`; the root's path is `/`. */
function ownCgroup(): string | undefined {
  try {
    const path = /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
    return path === '/' ? '' : path;
  } catch {
    return undefined; // not Linux, or /proc is not visible
  }
}
