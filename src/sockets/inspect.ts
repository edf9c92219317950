// Asks the kernel what a descriptor is.
import { type BigIntStats, fstatSync, readlinkSync, type Stats, statfsSync, statSync } from 'node:fs';
import { SyscallError } from '../errors.ts';
import { native, POLLHUP, type SocketFacts, syscallError } from '../native.ts';
import { type DescriptorFacts, PIDFS_MAGIC } from './kind.ts';

// poll(2)
const POLLERR = 0x8;

/** Which file a number stands for: a number that was closed is given to the next file that is opened. */
export interface Identity {
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
  readonly size: number;
}

// Deno knows a descriptor only if it opened it itself, and calls any other bad. The file has a name in /proc, too.
function orByName<T>(fd: number, stat: () => T, statByName: (path: string) => T): T {
  try {
    return stat();
  } catch (error) {
    try {
      return statByName(`/proc/self/fd/${fd}`);
    } catch {
      throw error;
    }
  }
}

/** fstat(2). */
function statOf(fd: number): Stats {
  return orByName(
    fd,
    () => fstatSync(fd),
    (path) => statSync(path),
  );
}

/** fstat(2), for numbers that a double cannot hold. */
function exactStatOf(fd: number): BigIntStats {
  const options = { bigint: true } as const;
  return orByName(
    fd,
    () => fstatSync(fd, options),
    (path) => statSync(path, options),
  );
}

/**
 * @throws SyscallError EBADF when the number is not open; `what` begins its message.
 */
export function identify(fd: number, what: () => string): Identity {
  try {
    return statOf(fd);
  } catch (error) {
    const { code = 'EBADF', errno = -9 } = error as NodeJS.ErrnoException; // fstat throws nothing else
    throw new SyscallError(what(), { code, errno, syscall: 'fstat' });
  }
}

/** Whether `fd` still is what it was. */
export function isSame(fd: number, { dev, ino }: Identity): boolean {
  try {
    const now = statOf(fd);
    return now.dev === dev && now.ino === ino;
  } catch {
    return false;
  }
}

/** Whether the other end of a socket or a pipe is gone for good; then the service manager drops it from the store. */
export function isHungUp(fd: number): boolean {
  const events = native().pollSync(fd, 0, 0);
  return events > 0 && (events & (POLLHUP | POLLERR)) !== 0;
}

export function isSocket(fd: number): boolean {
  try {
    return statOf(fd).isSocket();
  } catch {
    return false;
  }
}

/** Where /proc/self/fd/N points; empty where there is no /proc, as in a bare RootDirectory=. */
export function linkOf(fd: number): string {
  return readlink(`/proc/self/fd/${fd}`);
}

/** The thread that asks, as `PID/task/TID`; empty where there is no /proc. */
export function currentThread(): string {
  return readlink('/proc/thread-self');
}

function readlink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Everything that `kind.ts` wants to know. */
export function inspect(fd: number, { ino, mode }: Identity): DescriptorFacts {
  const socket = socketFacts(fd, ino);
  if (socket !== undefined) return { mode, link: '', filesystem: 0, socket };
  return { mode, link: linkOf(fd), filesystem: filesystemOf(fd), socket };
}

/** The type of the file system that the file is on, 0 where there is no /proc. */
export function filesystemOf(fd: number): number {
  try {
    return statfsSync(`/proc/self/fd/${fd}`).type;
  } catch {
    return 0;
  }
}

/**
 * The inode of a process's pidfd, which no later process of that number has; undefined where the kernel has none to give:
 * only on pidfs does it stand for the process, and before Linux 6.9 all of them shared one.
 */
export function pidfdIdOf(pid: number): bigint | undefined {
  const addon = native();
  const pidfd = addon.openProcess(pid);
  if (pidfd < 0) return undefined;
  try {
    return filesystemOf(pidfd) === PIDFS_MAGIC ? exactStatOf(pidfd).ino : undefined;
  } finally {
    addon.close(pidfd);
  }
}

/** What a socket is; undefined for anything else. */
export function socketFacts(fd: number, inode: number): SocketFacts | undefined {
  const facts = native().describe(fd, inode);
  if (typeof facts !== 'number') return facts;
  const error = syscallError(`cannot tell what descriptor ${fd} is`, facts, 'getsockopt');
  if (error.code === 'ENOTSOCK') return undefined;
  throw error;
}
