// Finds connections without traffic for a while. A kept-alive connection with a recent answer may have its next request
// on the way, and closing it would reset that request.
import type { Socket } from 'node:net';
import { attempt } from '../journal/unreadable.ts';
import { native, POLLIN } from '../native.ts';
import { descriptorOf } from '../sockets/resource.ts';
import { plainSocketOf } from './connections.ts';

/** The quiet period in milliseconds: longer than a round trip to a distant client. */
const QUIET_MS = 250;

interface Seen {
  readonly read: number;
  readonly written: number;
  readonly at: number;
}

export class QuietConnections {
  readonly #seen = new WeakMap<Socket, Seen>();

  /** Whether no byte was received or sent since a check QUIET_MS ago. */
  has(socket: Socket): boolean {
    const { bytesRead: read, bytesWritten: written } = socket;
    const now = performance.now();
    const before = this.#seen.get(socket);
    if (before !== undefined && before.read === read && before.written === written) return now - before.at >= QUIET_MS;
    this.#seen.set(socket, { read, written, at: now });
    return false;
  }
}

/** Whether the kernel holds bytes of the client that Node has not read yet. False if it cannot be checked. */
export function hasUnread(socket: Socket): boolean {
  const fd = attempt(() => descriptorOf(plainSocketOf(socket)));
  return fd !== undefined && looksAtSockets() && (native().pollSync(fd, POLLIN, 0) & POLLIN) !== 0;
}

let looks: boolean | undefined;

/** Draining also works without the addon, for example on macOS. */
function looksAtSockets(): boolean {
  looks ??= process.platform === 'linux' && attempt(native) !== undefined;
  return looks;
}
