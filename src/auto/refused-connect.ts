// A connection attempt of the program to its own port, before a server uses the passed socket.
import type { Socket } from 'node:net';
import type { SocketAddress } from '../sockets/kind.ts';

/** Fails like the kernel would if systemd did not listen. */
export function refuse(socket: Socket, args: readonly unknown[], address: SocketAddress | undefined): Socket {
  const callback = args.at(-1);
  if (typeof callback === 'function') socket.once('connect', callback as () => void);
  const place = address === undefined || 'path' in address ? address : { address: address.address, port: address.port };
  const text = place === undefined ? '' : 'path' in place ? place.path : `${place.address}:${place.port}`;
  const facts = { errno: -111, code: 'ECONNREFUSED', syscall: 'connect', ...place };
  const error = Object.assign(new Error(`connect ECONNREFUSED ${text}`), facts);
  (socket as { connecting: boolean }).connecting = true;
  process.nextTick(() => socket.destroy(error));
  return socket;
}
