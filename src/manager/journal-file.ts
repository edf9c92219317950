// Reads entries that arrive in a passed file: systemd-journald.socket(8). The rules for such files are those of
// journald 262.
import { constants, fstatSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { native } from '../native.ts';

const MIB = 1024 * 1024;
/** journald accepts 768 MiB from root; a development tool needs less, and its memory is limited. */
const SEALED_MAX = 32 * MIB;
const UNSEALED_MAX = 16 * MIB;

/** F_SEAL_SHRINK, F_SEAL_GROW and F_SEAL_WRITE in memfd_create(2): the sender can no longer change the file. */
const SEALS = 0x2 | 0x4 | 0x8;
/** The allowed open flags: reading or writing, O_CLOEXEC, and O_NOFOLLOW and O_LARGEFILE of any architecture. */
const FLAGS = constants.O_RDONLY | constants.O_WRONLY | constants.O_RDWR | 0o2_000_000 | 0o100_000 | 0o400_000;
/** The folders of files that the sender could still change. */
const FOLDERS = ['/dev/shm', '/tmp', '/var/tmp'];

/** The content of the file, or why it is refused. */
export function readPassedFile(fd: number, uid: number): Uint8Array | string {
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return 'a descriptor that is no file';
    return unfit(fd, stat.size, uid) ?? readAll(fd, stat.size);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function unfit(fd: number, size: number, uid: number): string | undefined {
  const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
  if ((Number.parseInt(flags, 8) & ~FLAGS) !== 0) return `a file that was opened with unexpected flags (0${flags})`;
  const seals = native().seals(fd);
  const sealed = seals >= 0 && (seals & SEALS) === SEALS;
  if (!sealed && uid !== 0 && !FOLDERS.includes(dirname(readlinkSync(`/proc/self/fd/${fd}`)))) {
    return 'a file that is neither sealed nor in /dev/shm, /tmp or /var/tmp';
  }
  return size > (sealed || uid === 0 ? SEALED_MAX : UNSEALED_MAX) ? `an entry of ${size} bytes` : undefined;
}

function readAll(fd: number, size: number): Uint8Array {
  const payload = Buffer.alloc(size);
  let at = 0;
  for (let read = -1; at < size && read !== 0; at += read) read = readSync(fd, payload, at, size - at, at);
  return payload.subarray(0, at);
}
