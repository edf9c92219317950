// Checks that the caller has passed a server.
import { EventEmitter } from 'node:events';
import type { Server } from 'node:net';
import { readable } from '../arguments.ts';
import { invalidType, quote } from '../errors.ts';

/**
 * @throws TypeError `SD_ERR_INVALID_ARG` for any other value, such as an object that only has the methods of a server.
 */
export function checkServer(what: string, server: unknown): Server {
  if (readable(`${what}: the server`, () => isServer(server))) return server as Server; // by its methods
  throw invalidType(`${what}: the server must be one of net, tls, http, https or http2, not ${quote(server)}`);
}

function isServer(server: unknown): boolean {
  if (!(server instanceof EventEmitter)) return false;
  const { close, getConnections } = server as Partial<Server>;
  return typeof close === 'function' && typeof getConnections === 'function';
}
