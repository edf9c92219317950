// Serves a socket that the service manager passed.
import type { ListenOptions, Server } from 'node:net';
import { invalidType, quote, SystemdError } from '../errors.ts';
import { addressOfServer, tellAddress } from './address.ts';
import { checkServesDescriptors } from './bun.ts';
import type { Wish } from './cluster-worker.ts';
import { type Found, find } from './find.ts';
import type { SocketAddress } from './kind.ts';
import { started } from './started.ts';
import { checkTarget, type ListenTarget, type Target } from './target.ts';

/** Where a server listens. */
export interface Listening {
  /** Whether on a socket that was passed; false for the fallback. */
  activated: boolean;
  /** Where it can be reached; undefined for what has no such address. */
  address: SocketAddress | undefined;
}

/**
 * Starts a `net`, `tls`, `http`, `https` or `http2` server on the socket that the service manager passed, or on
 * `target.fallback` where it passed none. Resolves when the server listens. The backlog of the socket unit is kept,
 * `server.address()` is right for a unix socket too, and closing the server leaves the unit's socket file in place.
 * In a worker of a cluster it is the socket that was passed to the primary, which lends it, and keeps it when the last
 * worker is gone; without this package in the primary, the backlog and the address of a unix socket are lost.
 * @throws (rejects) SystemdError `SD_ERR_NO_SOCKET`, `SD_ERR_AMBIGUOUS`, `SD_ERR_FD_MISMATCH`, `SD_ERR_FD_TAKEN`,
 *   `SD_ERR_STATE` for a server that listens already, what `listenFds()` throws, and the server's own 'error'. The
 *   descriptor is available again then.
 * @see systemd.socket(5), sd_listen_fds(3)
 */
export async function listen(server: Server, target: ListenTarget = {}): Promise<Listening> {
  const wanted = checkTarget(target);
  checkServer(server);
  const found = find(wishOf(wanted), 'a server');
  // Where nobody has to be asked the server starts in the tick of the call.
  return serve(server, found instanceof Promise ? await found : found, wanted);
}

export function wishOf({ name, fallback, backlog }: Target): Wish {
  return { name, want: 'listener', backlog, required: fallback === undefined };
}

function checkServer(server: unknown): void {
  const { listen: start, address, once } = (Object(server) ?? {}) as Partial<Server>;
  if (typeof start !== 'function' || typeof address !== 'function' || typeof once !== 'function') {
    throw invalidType(
      `server must be a net.Server (also of tls, http, https, http2), not ${quote(server)}; for a framework's own listen(), see listenTarget()`,
    );
  }
  if ((server as Server).listening)
    throw new SystemdError('SD_ERR_STATE', 'the server listens already: close it first');
}

/** What to listen on where nothing was passed. */
export function fallbackOptions({ fallback, backlog }: Target): ListenOptions {
  return backlog === undefined ? { ...fallback } : { ...fallback, backlog };
}

async function serve(server: Server, found: Found | undefined, target: Target): Promise<Listening> {
  if (found === undefined) {
    await started('server', server, () => server.listen(fallbackOptions(target)));
    return { activated: false, address: addressOfServer(server) };
  }
  let undo = () => {};
  try {
    checkServesDescriptors(server);
    undo = tellAddress(server, found.address);
    // By position: Node honours a backlog beside an fd nowhere else.
    await started('server', server, () => server.listen({ fd: found.fd }, found.backlog));
  } catch (error) {
    undo();
    found.giveBack();
    throw error;
  }
  found.keepBacklog();
  return { activated: true, address: found.address ?? addressOfServer(server) };
}
