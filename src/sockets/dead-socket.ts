// After a kill, the file of a unix socket stays, and every later listen() on it fails with EADDRINUSE.

import { once } from 'node:events';
import { type BigIntStats, lstatSync, unlinkSync } from 'node:fs';
import { attempt } from '../journal/unreadable.ts';

/**
 * Removes the socket file at `path` if listening on it failed with EADDRINUSE and no process listens on it.
 * @returns whether the file was removed, so that the caller can try again.
 */
export async function removeDeadSocket(path: string | undefined, error: unknown): Promise<boolean> {
  const inUse = (error as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';
  // An abstract name has no file, and ends with its process.
  if (!inUse || path === undefined || path.startsWith('\0')) return false;
  const before = statOf(path);
  if (before === undefined || !before.isSocket() || !(await isRefused(path))) return false;
  const after = statOf(path);
  // Another process may have replaced the file in between.
  if (after === undefined || after.ino !== before.ino || after.dev !== before.dev) return false;
  return attempt(() => unlinkSync(path) ?? true) ?? false;
}

/** Whether no process listens there. A full queue is a different error. */
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

/** The stat of the file itself: a symbolic link to a socket is not removed. */
function statOf(path: string): BigIntStats | undefined {
  return attempt(() => lstatSync(path, { bigint: true }));
}
