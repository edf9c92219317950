// Serves a socket that the service manager passed.
import type { ListenOptions, Server } from 'node:net';
import { invalidType, quote, SystemdError } from '../errors.ts';
import { addressOfServer, tellAddress } from './address.ts';
import { checkServesDescriptors } from './bun.ts';
import type { Wish } from './cluster-worker.ts';
import { removeDeadSocket } from './dead-socket.ts';
import { attachListeners, createExtraListener } from './extra-listeners.ts';
import { type Found, find } from './find.ts';
import type { SocketAddress } from './kind.ts';
import { noteServed } from './served.ts';
import { started } from './started.ts';
import { checkTarget, type ListenTarget, type Target } from './target.ts';

/** Where a server listens. */
export interface Listening {
  /** Whether on a socket that was passed; false for the fallback. */
  activated: boolean;
  /** Where it can be reached, the first of `addresses`; undefined for a socket that has no such address. */
  address: SocketAddress | undefined;
  /** Where it can be reached, on each of the sockets that were passed. */
  addresses: readonly (SocketAddress | undefined)[];
}

/**
 * Starts a `net`, `tls`, `http`, `https` or `http2` server on the stream sockets that the service manager passed, or on
 * `target.fallback` where it passed none. It serves every one of the name, or all where they have one name. Resolves when
 * the server listens. The backlog of the socket unit is kept, `server.address()` is right for a unix socket too, and
 * closing the server leaves the unit's socket file in place. A unix path as fallback takes over a socket file that nobody
 * listens on. Where nothing has the name, the only socket whose name nobody chose is used, and the log says so; a
 * listening socket as standard input (inetd's `wait`) is one of those.
 *
 * In a worker of a cluster they are the sockets that were passed to the primary, which lends them, and keeps them when the
 * last worker is gone; without this package in the primary, the backlog and the address of a unix socket are lost.
 * @throws (rejects) SystemdError `SD_ERR_NO_SOCKET`, `SD_ERR_AMBIGUOUS`, `SD_ERR_FD_MISMATCH`, `SD_ERR_FD_TAKEN`,
 *   `SD_ERR_STATE` for a server that listens already, what `listenFds()` throws, and the server's own 'error'. The
 *   descriptors are available again then.
 * @example
 * ```ts
 * const { activated, addresses } = await listen(server, { name: 'web', fallback: 8080 });
 * ```
 * @see systemd.socket(5), sd_listen_fds(3)
 */
export async function listen(server: Server, target: ListenTarget = {}): Promise<Listening> {
  const wanted = checkTarget(target);
  checkServer(server);
  const found = find(wishOf(wanted), 'a server');
  // Where nobody has to be asked the server starts in the tick of the call.
  const sockets = found instanceof Promise ? await found : found;
  const addresses = sockets.length === 0 ? await serveFallback(server, wanted) : await serve(server, sockets);
  noteServed(
    server,
    addresses.map((address, index) => ({ name: sockets[index]?.name, address })),
  );
  return { activated: sockets.length > 0, address: addresses[0], addresses };
}

export function wishOf({ name, fallback, backlog }: Target): Wish {
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

/** What to listen on where nothing was passed. */
export function fallbackOptions({ fallback, backlog }: Target): ListenOptions {
  return backlog === undefined ? { ...fallback } : { ...fallback, backlog };
}

type Addresses = readonly (SocketAddress | undefined)[];

async function serveFallback(server: Server, target: Target): Promise<Addresses> {
  const options = fallbackOptions(target);
  const start = (): Promise<void> => started('server', server, () => server.listen(options));
  await start().catch(async (error: unknown) => {
    // After a crash the socket's file is left behind.
    if (!(await removeDeadSocket(options.path, error))) throw error;
    return start();
  });
  return [addressOfServer(server)];
}

async function serve(server: Server, sockets: readonly Found[]): Promise<Addresses> {
  const [first, ...others] = sockets as readonly [Found, ...Found[]]; // never empty
  const listeners = others.map((found) => ({ found, listener: createExtraListener(server) }));
  let undo = (): void => {};
  try {
    checkServesDescriptors(server);
    undo = tellAddress(server, first.address);
    // The others first: when the server emits 'listening' it serves them all.
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

/** By position: Node honours a backlog beside an fd nowhere else. */
function start(server: Server, { fd, backlog }: Found): Promise<void> {
  return started('server', server, () => server.listen({ fd }, backlog));
}
