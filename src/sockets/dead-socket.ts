// The file of a unix socket outlives a process that was killed, and listening on it again is EADDRINUSE for ever.

import { once } from 'node:events';
import { type BigIntStats, lstatSync, unlinkSync } from 'node:fs';
import { attempt } from '../journal/unreadable.ts';

/**
 * Removes the file at `path` where listening on it has failed with EADDRINUSE, and it is a socket that nobody listens on.
 * @returns whether it is gone, and listening can be tried once more.
 */
export async function removeDeadSocket(path: string | undefined, error: unknown): Promise<boolean> {
  const inUse = (error as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';
  // An abstract name is no file, and ends with its process.
  if (!inUse || path === undefined || path.startsWith('\0')) return false;
  const before = statOf(path);
  if (before === undefined || !before.isSocket() || !(await isRefused(path))) return false;
  const after = statOf(path);
  // Another process may have taken it over in between.
  if (after === undefined || after.ino !== before.ino || after.dev !== before.dev) return false;
  return attempt(() => unlinkSync(path) ?? true) ?? false;
}

/** Whether nobody listens there; a queue that is full is not that. */
async function isRefused(path: string): Promise<boolean> {
  const { connect } = process.getBuiltinModule('node:net');
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
  } finally {
    socket.destroy();
  }
}

/** Of the file itself: a link to a socket is left alone. */
function statOf(path: string): BigIntStats | undefined {
  return attempt(() => lstatSync(path, { bigint: true }));
}
