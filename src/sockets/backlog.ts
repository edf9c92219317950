// The backlog of a socket unit (Backlog=) outlives a service that does not know it: Node's listen() calls listen(2) with
// 511 unless it is told otherwise, and listen(2) on a listening socket does nothing but set the backlog.
import { native } from '../native.ts';
import { socketFacts } from './inspect.ts';
import type { PassedFd } from './listen-fd.ts';

// Where the kernel does not say what was configured (RestrictAddressFamilies= without AF_NETLINK hides it): systemd's own
// default, and the most that Linux grants.
export const DEFAULT_BACKLOG = 4096;

/** What the socket has now. */
export function backlogOf(passed: PassedFd): number {
  const backlog = socketFacts(passed.fd, passed.inode)?.backlog ?? -1;
  return backlog < 0 ? DEFAULT_BACKLOG : backlog;
}

/** Sets it where it is something else. Descriptors that are no longer open are none of its business. */
export function keepBacklog(passed: PassedFd, backlog: number): void {
  if (passed.isOpen && backlogOf(passed) !== backlog) native().listen(passed.fd, backlog);
}
