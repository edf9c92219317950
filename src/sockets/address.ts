// Node answers null when a server that inherited a unix socket is asked for its address, because it never saw the path.
// Several frameworks take that for "not listening", or crash on it.
import type { AddressInfo, Server } from 'node:net';
import type { SocketAddress } from './kind.ts';

/** Makes `server.address()` answer the path for as long as the server serves this socket; the result undoes it. */
export function tellAddress(server: Server, address: SocketAddress | undefined): () => void {
  if (address === undefined || !('path' in address)) return () => {};
  const path = toNode(address.path);
  const original = server.address.bind(server);
  const own = (): AddressInfo | string | null => original() ?? (server.listening ? path : null);
  Object.defineProperty(server, 'address', { value: own, configurable: true, writable: true });
  const undo = () => {
    server.off('close', undo);
    // Unless the program has replaced `address` since.
    if (Object.getOwnPropertyDescriptor(server, 'address')?.value === own) Reflect.deleteProperty(server, 'address');
  };
  server.once('close', undo);
  return undo;
}

/** Where a server listens, in the form of this package. */
export function addressOfServer(server: Server): SocketAddress | undefined {
  const address = server.address();
  if (address === null) return undefined;
  if (typeof address === 'string') return { path: address.startsWith('\0') ? `@${address.slice(1)}` : address };
  return { address: address.address, port: address.port, family: address.family === 'IPv6' ? 'IPv6' : 'IPv4' };
}

/** Node writes an abstract name with the NUL character that the kernel sees. */
function toNode(path: string): string {
  return path.startsWith('@') ? `\0${path.slice(1)}` : path;
}
