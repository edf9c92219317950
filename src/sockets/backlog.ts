// Keeps the backlog of a socket unit (Backlog=). Without this, Node's listen() would call listen(2) with its default of
// 511, and listen(2) on a listening socket only sets the backlog.
import { native } from '../native.ts';
import { socketFacts } from './inspect.ts';
import type { PassedFd } from './listen-fd.ts';

// systemd's default, and the maximum of Linux. Used if the kernel does not show the configured backlog:
// RestrictAddressFamilies= without AF_NETLINK hides it.
export const DEFAULT_BACKLOG = 4096;

/** The current backlog of the socket. */
export function backlogOf(passed: PassedFd): number {
  const backlog = socketFacts(passed.fd, passed.inode)?.backlog ?? -1;
  return backlog < 0 ? DEFAULT_BACKLOG : backlog;
}

/** Sets the backlog if it differs. Does nothing if the descriptor was closed. */
export function keepBacklog(passed: PassedFd, backlog: number): void {
  if (passed.isOpen && backlogOf(passed) !== backlog) native().listen(passed.fd, backlog);
}
