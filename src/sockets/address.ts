// Node returns null for the address of a server that inherited a unix socket, because Node never saw the path.
// Several frameworks read null as "not listening", or crash.
import type { AddressInfo, Server } from 'node:net';
import type { SocketAddress } from './kind.ts';

/**
 * Makes `server.address()` return the path while the server listens on this socket. The result restores the original.
 */
export function tellAddress(server: Server, address: SocketAddress | undefined): () => void {
  if (address === undefined || !('path' in address)) return () => {};
  const path = toNode(address.path);
  const original = server.address.bind(server);
  const own = (): AddressInfo | string | null => original() ?? (server.listening ? path : null);
  Object.defineProperty(server, 'address', { value: own, configurable: true, writable: true });
  const undo = () => {
    server.off('close', undo);
    // Only if the program has not replaced `address` since.
    if (Object.getOwnPropertyDescriptor(server, 'address')?.value === own) Reflect.deleteProperty(server, 'address');
  };
  server.once('close', undo);
  return undo;
}

/** The address of a server, in the form that this package uses. */
export function addressOfServer(server: Server): SocketAddress | undefined {
  const address = server.address();
  if (address === null) return undefined;
  if (typeof address === 'string') return { path: address.startsWith('\0') ? `@${address.slice(1)}` : address };
  return { address: address.address, port: address.port, family: address.family === 'IPv6' ? 'IPv6' : 'IPv4' };
}

/** Node writes an abstract name with the leading NUL character that the kernel uses. */
function toNode(path: string): string {
  return path.startsWith('@') ? `\0${path.slice(1)}` : path;
}
