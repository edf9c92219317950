// Which servers are extra listeners of another server: see extra-listeners.ts.
import type { Server } from 'node:net';

const noted = new WeakSet<Server>();

/** Notes that this package created the server as an extra listener. */
export function noteExtraListener(server: Server): void {
  noted.add(server);
}

/** Whether this package created the server as an extra listener. */
export function isExtraListener(server: Server): boolean {
  return noted.has(server);
}
