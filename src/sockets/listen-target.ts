// For frameworks, which create their server late and call its listen() themselves.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ListenOptions, Server } from 'node:net';
import { SystemdError } from '../errors.ts';
import { tellAddress } from './address.ts';
import { checkFrameworksServeDescriptors } from './bun.ts';
import { findLender } from './cluster-worker.ts';
import { attachListeners, createExtraListener } from './extra-listeners.ts';
import { type FoundSocket, findHere } from './find.ts';
import { fallbackOptions, socketRequestOf } from './listen.ts';
import { noteServed } from './served.ts';
import { checkTarget, type ListenTarget } from './target.ts';

/**
 * Makes the same choice as `listen()`, and returns options for a framework:
 * `app.listen(listenTarget({ name: 'web', fallback: 8080 }))`. Returns `{ fd, host }` for a passed socket, which the
 * call takes, or else the fallback. When a server in this thread starts on that descriptor, the backlog is set, and
 * `server.address()` returns the path of a unix socket.
 * @example
 * ```ts
 * await app.listen(listenTarget({ name: 'web', fallback: 8080 }));
 * ```
 * @throws as `listen()`, but synchronously; and SystemdError `SD_ERR_STATE` in a cluster worker: use `listen()` there.
 * @see systemd.socket(5)
 */
export function listenTarget(target: ListenTarget = {}): ListenOptions {
  const wanted = checkTarget(target);
  if (findLender() !== undefined) {
    throw new SystemdError(
      'SD_ERR_STATE',
      'a worker of a cluster has to ask the primary, and that takes a while: use listen() on the server of the framework',
    );
  }
  const [found, ...others] = findHere(socketRequestOf(wanted), 'the caller of listenTarget()');
  if (found === undefined) return fallbackOptions(wanted);
  try {
    checkFrameworksServeDescriptors();
  } catch (error) {
    for (const one of [found, ...others]) one.giveBack();
    throw error;
  }
  watch(found, others);
  // Node documents { fd } as a form of server.listen(), but its types leave it out.
  return { fd: found.fd, host: hostOf(found) } as ListenOptions;
}

// Node ignores the host beside an fd. Fastify does not: without a host it assumes "localhost", which has two addresses,
// and starts a second server on the same descriptor.
function hostOf({ address }: FoundSocket): string {
  return address !== undefined && 'address' in address ? address.address : '';
}

const STARTING = 'tracing:net.server.listen:asyncStart';
const STARTED = 'tracing:net.server.listen:asyncEnd';

// Node ignores a backlog beside an fd in the options, and the framework decides when it calls listen(), with which
// options. So this subscribes to Node's channel for started servers, and waits for the one on this descriptor.
function watch({ fd, name, address, keepBacklog }: FoundSocket, others: readonly FoundSocket[]): void {
  let server: Server | undefined;
  const onStarting = (message: unknown) => {
    const event = message as { server: Server; options?: { fd?: unknown } }; // net.server.listen's documented message
    if (event.options?.fd !== fd) return;
    server = event.server;
    tellAddress(server, address);
  };
  const onStarted = (message: unknown) => {
    if (server === undefined || (message as { server: Server }).server !== server) return;
    unsubscribe(STARTING, onStarting);
    unsubscribe(STARTED, onStarted);
    keepBacklog();
    noteServed(server, [{ name, address }, ...others]);
    if (others.length > 0) serveOthers(server, others);
  };
  subscribe(STARTING, onStarting);
  subscribe(STARTED, onStarted);
}

/** A framework starts its server on one descriptor; further sockets get listeners that pass it their connections. */
function serveOthers(server: Server, others: readonly FoundSocket[]): void {
  const listeners = others.map(({ fd, backlog, keepBacklog: keep }) =>
    createExtraListener(server).listen({ fd }, backlog).once('listening', keep),
  );
  attachListeners(server, listeners);
}
