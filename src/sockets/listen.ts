// Serves a socket that the service manager passed.
import type { ListenOptions, Server } from 'node:net';
import { invalidType, quote, SystemdError } from '../errors.ts';
import { addressOfServer, tellAddress } from './address.ts';
import { checkServesDescriptors } from './bun.ts';
import type { SocketRequest } from './cluster-worker.ts';
import { removeDeadSocket } from './dead-socket.ts';
import { attachListeners, createExtraListener } from './extra-listeners.ts';
import { type FoundSocket, find } from './find.ts';
import type { SocketAddress } from './kind.ts';
import { noteServed } from './served.ts';
import { started } from './started.ts';
import { checkTarget, type ListenTarget, type Target } from './target.ts';

/** Where a server listens. */
export interface Listening {
  /** True for sockets that were passed; false for the fallback. */
  activated: boolean;
  /** The first of `addresses`; undefined for a socket without an address. */
  address: SocketAddress | undefined;
  /** The address of each socket that was passed. */
  addresses: readonly (SocketAddress | undefined)[];
}

/**
 * Starts a `net`, `tls`, `http`, `https` or `http2` server on the stream sockets that the service manager passed, or on
 * `target.fallback` if it passed none. Serves all sockets of the name, or all sockets if they share one name. Resolves
 * when the server listens. Keeps the backlog of the socket unit, makes `server.address()` return the path of a unix
 * socket, and leaves the unit's socket file in place when the server closes. A unix path as fallback replaces a socket
 * file on which no process listens. If no socket has the name, the only socket without a configured name is used, and
 * the log reports it; a listening socket as standard input (inetd's `wait`) counts as one.
 *
 * In a cluster worker, the primary lends the sockets that were passed to it, and keeps them when the last worker exits.
 * If the primary does not use this package, the backlog and the address of a unix socket are lost.
 * @throws (rejects) SystemdError `SD_ERR_NO_SOCKET`, `SD_ERR_AMBIGUOUS`, `SD_ERR_FD_MISMATCH`, `SD_ERR_FD_TAKEN`,
 *   `SD_ERR_STATE` for a server that already listens, the errors of `listenFds()`, and the server's own 'error'. After
 *   an error the descriptors are available again.
 * @example
 * ```ts
 * const { activated, addresses } = await listen(server, { name: 'web', fallback: 8080 });
 * ```
 * @see systemd.socket(5), sd_listen_fds(3)
 */
export async function listen(server: Server, target: ListenTarget = {}): Promise<Listening> {
  const wanted = checkTarget(target);
  checkServer(server);
  const found = find(socketRequestOf(wanted), 'a server');
  // Outside of a cluster worker the server starts in the tick of the call.
  const sockets = found instanceof Promise ? await found : found;
  const addresses = sockets.length === 0 ? await serveFallback(server, wanted) : await serve(server, sockets);
  noteServed(
    server,
    addresses.map((address, index) => ({ name: sockets[index]?.name, address })),
  );
  return { activated: sockets.length > 0, address: addresses[0], addresses };
}

export function socketRequestOf({ name, fallback, backlog }: Target): SocketRequest {
  return { name, want: 'listener', backlog, required: fallback === undefined, all: true };
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

/** The options for listening if nothing was passed. */
export function fallbackOptions({ fallback, backlog }: Target): ListenOptions {
  return backlog === undefined ? { ...fallback } : { ...fallback, backlog };
}

type Addresses = readonly (SocketAddress | undefined)[];

async function serveFallback(server: Server, target: Target): Promise<Addresses> {
  const options = fallbackOptions(target);
  const start = (): Promise<void> => started('server', server, () => server.listen(options));
  await start().catch(async (error: unknown) => {
    // After a crash the socket file still exists.
    if (!(await removeDeadSocket(options.path, error))) throw error;
    return start();
  });
  return [addressOfServer(server)];
}

async function serve(server: Server, sockets: readonly FoundSocket[]): Promise<Addresses> {
  const [first, ...others] = sockets as readonly [FoundSocket, ...FoundSocket[]]; // never empty
  const listeners = others.map((found) => ({ found, listener: createExtraListener(server) }));
  let undo = (): void => {};
  try {
    checkServesDescriptors(server);
    undo = tellAddress(server, first.address);
    // Start the others first: when the server emits 'listening', all sockets are served.
    await Promise.all(listeners.map(({ found, listener }) => start(listener, found)));
    await start(server, first);
  } catch (error) {
    undo();
    for (const { listener } of listeners) listener.close();
    for (const found of sockets) found.giveBack();
    throw error;
  }
  if (listeners.length > 0) {
    attachListeners(
      server,
      listeners.map(({ listener }) => listener),
    );
  }
  for (const found of sockets) found.keepBacklog();
  return [first.address ?? addressOfServer(server), ...listeners.map(({ found }) => found.address)];
}

/** The backlog is a positional argument: beside an fd, Node ignores it in the options. */
function start(server: Server, { fd, backlog }: FoundSocket): Promise<void> {
  return started('server', server, () => server.listen({ fd }, backlog));
}
