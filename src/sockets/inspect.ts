// Asks the kernel what a descriptor is.
import { type BigIntStats, fstatSync, readlinkSync, statfsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { native, POLLHUP, type SocketFacts, syscallError } from '../native.ts';
import { type DescriptorFacts, PIDFS_MAGIC } from './kind.ts';

// poll(2)
const POLLERR = 0x8;
const EBADF = -constants.errno.EBADF;

/** Which file a number stands for: a number that was closed is given to the next file that is opened. */
export interface Identity {
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
}

// As many as a service is ever passed: a variable that is wrong can promise two billion.
const AT_ONCE = 256;

/**
 * Which files the descriptors from `first` on stand for: as many as there are open before the first that is not, and at
 * most `count`. By the addon, all in one call: Node's fstat would take longer than all else that claiming them does, and
 * Deno's knows only what Deno itself has opened.
 * @throws SyscallError EBADF when `first` is not open; `what` begins its message.
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
 * @throws SyscallError EBADF when the number is not open; `what` begins its message.
 */
export function identify(fd: number, what: () => string): Identity {
  return identifyFrom(fd, 1, what)[0] as Identity;
}

/** Whether `fd` still is what it was. */
export function isSame(fd: number, { dev, ino }: Identity): boolean {
  const now = new Float64Array(3);
  return native().stat(fd, now) === 1 && now[0] === dev && now[1] === ino;
}

/**
 * What Node opens for itself. All anonymous inodes are one file to fstat(2): a passed one whose number was closed, and
 * given to Node's epoll, looks as it did.
 */
const OF_NODE = new Set(
  ['[eventpoll]', '[eventfd]', '[io_uring]', 'inotify', '[signalfd]'].map((name) => `anon_inode:${name}`),
);

/** Whether `fd` may be something that Node has opened for itself, whatever `isSame` says. */
export function mayBeOfNode(fd: number): boolean {
  const link = linkOf(fd);
  return link === '' ? !isSocket(fd) : OF_NODE.has(link);
}

/** fstat(2), for numbers that a double cannot hold. */
export function exactStatOf(fd: number): BigIntStats {
  try {
    return fstatSync(fd, { bigint: true });
  } catch (error) {
    // Deno calls a descriptor bad that it did not open itself. The file has a name in /proc, too.
    try {
      return statSync(`/proc/self/fd/${fd}`, { bigint: true });
    } catch {
      throw error;
    }
  }
}

/** Whether the other end of a socket or a pipe is gone for good; then the service manager drops it from the store. */
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
  const facts = native().describe(fd, ino);
  // A descriptor of O_PATH (open(2)) is open, and can do nothing but say where it is.
  if (facts === EBADF && native().stat(fd, new Float64Array(3)) === 1) {
    return { mode: 0, link: linkOf(fd), filesystem: 0, socket: undefined };
  }
  const socket = socketOf(fd, facts);
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
  return socketOf(fd, native().describe(fd, inode));
}

function socketOf(fd: number, facts: SocketFacts | number): SocketFacts | undefined {
  if (typeof facts !== 'number') return facts;
  const error = syscallError(`cannot tell what descriptor ${fd} is`, facts, 'getsockopt');
  if (error.code === 'ENOTSOCK') return undefined;
  throw error;
}
