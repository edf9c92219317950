// Records the servers that this package started, with their addresses and socket names: for STATUS=, and to find passed
// sockets that no server uses.
import type { Socket } from 'node:dgram';
import type { Server } from 'node:net';
import { socketChannel } from '../channels.ts';
import { addressText, type SocketAddress } from './kind.ts';

export interface Served {
  /** The name of a socket that was passed; undefined for a fallback. */
  readonly name: string | undefined;
  readonly address: SocketAddress | undefined;
}

const served = new Map<Server | Socket, readonly Served[]>();

/** Records the server until it closes. */
export function noteServed(server: Server | Socket, sockets: readonly Served[]): void {
  served.set(server, sockets);
  if (socketChannel.hasSubscribers) {
    for (const { name, address } of sockets) socketChannel.publish({ type: 'listening', name, address });
  }
  (server as Server).once('close', () => served.delete(server)); // a dgram socket has the event as well
}

/** The datagram sockets that currently receive. */
export function boundSockets(): readonly Socket[] {
  return [...served.keys()].filter((one): one is Socket => 'addMembership' in one);
}

/** The sockets of a server recorded by `noteServed`; undefined for any other server. */
export function servedBy(server: Server | Socket): readonly Served[] | undefined {
  return served.get(server);
}

/** `127.0.0.1:3000 (web)`; leaves out a name that was not configured. */
export function servedText({ name, address }: Served): string | undefined {
  if (address === undefined) return undefined;
  const chosen = name !== undefined && name !== 'unknown' && name !== 'stdin';
  return chosen ? `${addressText(address)} (${name})` : addressText(address);
}
