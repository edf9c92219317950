// Asks the kernel about a descriptor.
import { type BigIntStats, fstatSync, readlinkSync, statfsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { native, POLLHUP, type SocketFacts, syscallError } from '../native.ts';
import { type DescriptorFacts, PIDFS_MAGIC } from './kind.ts';

// poll(2)
const POLLERR = 0x8;
const EBADF = -constants.errno.EBADF;

/** The file behind a descriptor: the kernel reuses the number of a closed descriptor for another file. */
export interface Identity {
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
}

// More than any service is passed: an invalid variable can announce two billion.
const AT_ONCE = 256;

/**
 * Identifies the files behind the descriptors from `first` on: up to the first that is not open, and at most `count`.
 * The addon does it in one call: Node's fstat would take longer than the rest of claiming, and Deno's only knows
 * descriptors that Deno opened.
 * @throws SyscallError EBADF if `first` is not open; its message starts with `what`.
 */
export function identifyFrom(first: number, count: number, what: () => string): Identity[] {
  const files = new Float64Array(Math.min(count, AT_ONCE) * 3);
  const open = native().stat(first, files);
  if (open < 0) throw syscallError(what(), open, 'fstat');
  const identities: Identity[] = [];
  for (let at = 0; at < open * 3; at += 3) {
    identities.push({ dev: files[at] as number, ino: files[at + 1] as number, mode: files[at + 2] as number });
  }
  return identities;
}

/**
 * @throws SyscallError EBADF if the descriptor is not open; its message starts with `what`.
 */
export function identify(fd: number, what: () => string): Identity {
  return identifyFrom(fd, 1, what)[0] as Identity;
}

/** Whether `fd` still refers to the same file. */
export function isSame(fd: number, { dev, ino }: Identity): boolean {
  const now = new Float64Array(3);
  return native().stat(fd, now) === 1 && now[0] === dev && now[1] === ino;
}

/**
 * Descriptors that Node opens itself. fstat(2) shows all anonymous inodes as one file, so `isSame` cannot tell a passed
 * one from Node's epoll that reused its number.
 */
const OF_NODE = new Set(
  ['[eventpoll]', '[eventfd]', '[io_uring]', 'inotify', '[signalfd]'].map((name) => `anon_inode:${name}`),
);

/** Whether Node may have opened `fd` itself, even if `isSame` returns true. */
export function mayBeOfNode(fd: number): boolean {
  const link = linkOf(fd);
  return link === '' ? !isSocket(fd) : OF_NODE.has(link);
}

/** fstat(2) with bigints, for values above 2^53. */
export function exactStatOf(fd: number): BigIntStats {
  try {
    return fstatSync(fd, { bigint: true });
  } catch (error) {
    // Deno reports EBADF for a descriptor that it did not open. The file also has a path in /proc.
    try {
      return statSync(`/proc/self/fd/${fd}`, { bigint: true });
    } catch {
      throw error;
    }
  }
}

/** Whether the peer of a socket or a pipe has hung up; then the service manager drops the descriptor from the store. */
export function isHungUp(fd: number): boolean {
  const events = native().pollSync(fd, 0, 0);
  return events > 0 && (events & (POLLHUP | POLLERR)) !== 0;
}

export function isSocket(fd: number): boolean {
  try {
    return exactStatOf(fd).isSocket();
  } catch {
    return false;
  }
}

/** The target of /proc/self/fd/N; empty without /proc, as in a bare RootDirectory=. */
export function linkOf(fd: number): string {
  return readlink(`/proc/self/fd/${fd}`);
}

/** The calling thread, as `PID/task/TID`; empty without /proc. */
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

/** The facts that `kind.ts` needs. */
export function inspect(fd: number, { ino, mode }: Identity): DescriptorFacts {
  const facts = native().describe(fd, ino);
  // A descriptor opened with O_PATH (open(2)) only gives its location.
  if (facts === EBADF && native().stat(fd, new Float64Array(3)) === 1) {
    return { mode: 0, link: linkOf(fd), filesystem: 0, socket: undefined };
  }
  const socket = socketOf(fd, facts);
  if (socket !== undefined) return { mode, link: '', filesystem: 0, socket };
  return { mode, link: linkOf(fd), filesystem: filesystemOf(fd), socket };
}

/** The type of the file system that holds the file; 0 without /proc. */
export function filesystemOf(fd: number): number {
  try {
    return statfsSync(`/proc/self/fd/${fd}`).type;
  } catch {
    return 0;
  }
}

/**
 * The inode of a process's pidfd, which identifies the process even if its PID is reused. Undefined if the kernel
 * cannot provide one: only pidfs gives each process its own inode, and before Linux 6.9 all pidfds shared one.
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

/** The facts of a socket; undefined for any other descriptor. */
export function socketFacts(fd: number, inode: number): SocketFacts | undefined {
  return socketOf(fd, native().describe(fd, inode));
}

function socketOf(fd: number, facts: SocketFacts | number): SocketFacts | undefined {
  if (typeof facts !== 'number') return facts;
  const error = syscallError(`cannot tell what descriptor ${fd} is`, facts, 'getsockopt');
  if (error.code === 'ENOTSOCK') return undefined;
  throw error;
}
