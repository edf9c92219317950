// The port that the workers of a cluster see, where the passed socket has another one.
import type { Server } from 'node:net';

interface NamedHandle {
  /** Unix sockets have none. */
  getsockname?(into: { port?: number }): number;
}

/**
 * A worker of a cluster refuses a handle with a port that its program did not request: EADDRINUSE. The cluster takes the
 * handle from the server of the primary.
 */
export function showPortToWorkers(server: Server, port: number): void {
  const owner = server as unknown as { readonly _handle?: NamedHandle | null };
  const { _handle: handle } = owner;
  const getsockname = handle?.getsockname;
  if (!handle || getsockname === undefined) return;
  handle.getsockname = (into) => {
    const result = getsockname.call(handle, into);
    if (owner._handle !== handle) into.port = port;
    return result;
  };
}
