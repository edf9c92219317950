// Whether the kernel can execute a file. execve(2)
import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs';

const HEAD_BYTES = 256;
const ELF = '\x7fELF';

/** Where systemd looks for a name without a path, by default: systemd-path search-binaries-default */
const SEARCHED = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

export type PathKind = 'absent' | 'file' | 'folder';

/** As this process sees it; undefined for anything else, and if it may not look. */
export function kindOf(path: string): PathKind | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return 'absent';
    if (stat.isFile()) return 'file';
    return stat.isDirectory() ? 'folder' : undefined;
  } catch {
    return undefined;
  }
}

/**
 * `absent`, `folder`, `mode`, `format`, or the path of a missing interpreter; undefined if no fault was found.
 */
export function faultOf(given: string): string | undefined {
  const path = given.includes('/') ? given : SEARCHED.map((folder) => `${folder}/${given}`).find(existsSync);
  if (path === undefined || !existsSync(path)) return 'absent';
  if (!path.startsWith('/')) return undefined;
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) return 'folder';
    if (!stat.isFile()) return 'mode';
    accessSync(path, constants.X_OK);
  } catch {
    return 'mode';
  }
  const head = headOf(path);
  if (head === undefined || head.startsWith(ELF)) return undefined;
  const interpreter = /^#!\s*(\S+)/.exec(head)?.[1];
  if (interpreter === undefined) return 'format';
  return existsSync(interpreter) ? undefined : interpreter;
}

function headOf(path: string): string | undefined {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      return head.toString('latin1', 0, readSync(fd, head, 0, HEAD_BYTES, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
