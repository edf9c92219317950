// Stops an unused service. systemd listens on its sockets, and starts it again for the next connection.
import { cluster } from '../sockets/cluster.ts';
import { boundSockets } from '../sockets/served.ts';
import { openConnections, watchConnections } from './connections.ts';

/** Calls `stop` when no connection has been open for `timeout` milliseconds. Returns a function that ends the watch. */
export function stopWhenIdle(timeout: number, stop: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    clearTimeout(timer);
    if (openConnections() === 0) timer = setTimeout(expire, timeout).unref();
  };
  const expire = (): void => {
    // In a cluster the workers hold the connections.
    if (hasWorkers()) look();
    else stop();
  };
  const sockets = boundSockets();
  // A datagram counts as a connection that ends immediately.
  for (const socket of sockets) socket.on('message', look);
  const release = watchConnections(look);
  look();
  return () => {
    clearTimeout(timer);
    release();
    for (const socket of sockets) socket.off('message', look);
  };
}

/** Uses getBuiltinModule instead of an import, because most programs have no cluster. */
function hasWorkers(): boolean {
  const { workers } = cluster();
  return Object.keys(workers ?? {}).length > 0;
}
