// Secrets that systemd passes to the service as files that only the service can read.
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkString } from '../arguments.ts';
import { invalidRange, invalidType, quote, SyscallError } from '../errors.ts';
import { checkAbsolutePath } from './absolute-path.ts';

const NAME_MAX = 255;
/** libsystemd's error for a file that is not a regular file. */
const NOT_REGULAR = { code: 'EBADFD', errno: -77, syscall: 'open' } as const;

/**
 * The content of a credential of the unit: `LoadCredential=`, `LoadCredentialEncrypted=`, `SetCredential=`,
 * `SetCredentialEncrypted=` or `ImportCredential=`; systemd has decrypted it. Each call reads the file again.
 *
 * @returns undefined if the unit has no credential of that name.
 * @example
 * ```ts
 * const password = credential('database')?.toString().trim();
 * ```
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`: an invalid name.
 * @throws SystemdError `SD_ERR_INVALID_ENV`: `$CREDENTIALS_DIRECTORY` is not an absolute, normalized path.
 * @throws SyscallError if the file exists but cannot be read.
 * @see systemd.exec(5), https://systemd.io/CREDENTIALS
 */
export function credential(name: string): Buffer | undefined {
  checkName(name);
  const directory = process.env.CREDENTIALS_DIRECTORY;
  if (directory === undefined) return undefined;
  return read(join(checkAbsolutePath('CREDENTIALS_DIRECTORY', directory), name), name);
}

/** A file name that is also a valid descriptor name: printable ASCII without `/` and `:`. */
function checkName(name: unknown): void {
  const text = checkString('credential(): the name', name);
  if (text.length > NAME_MAX) {
    throw invalidRange(`credential(): the name must be at most ${NAME_MAX} characters, not ${text.length}`);
  }
  if (!/^[\x20-\x2e\x30-\x39\x3b-\x7e]+$/.test(text) || text === '.' || text === '..') {
    throw invalidType(`credential(): the name must be printable ASCII without "/" and ":", not ${quote(text)}`);
  }
}

function read(path: string, name: string): Buffer | undefined {
  try {
    return readRegular(path);
  } catch (error) {
    const { code = 'EIO', errno = -5, syscall = 'open' } = error as NodeJS.ErrnoException; // all that node:fs throws here
    if (code === 'ENOENT') return undefined;
    throw new SyscallError(`cannot read the credential ${quote(name)}`, { code, errno, syscall, path });
  }
}

/** Refuses a pipe, which may have no writer, and a device, which may not end. So does libsystemd. */
function readRegular(path: string): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stat = fstatSync(fd);
    // Reading a directory already fails with EISDIR.
    if (!stat.isFile() && !stat.isDirectory()) throw NOT_REGULAR;
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}
