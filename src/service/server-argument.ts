// The server that a caller passes.
import { EventEmitter } from 'node:events';
import type { Server } from 'node:net';
import { readable } from '../arguments.ts';
import { invalidType, quote } from '../errors.ts';

/** @throws TypeError `SD_ERR_INVALID_ARG` for anything else, such as an object with the methods of a server alone. */
export function checkServer(what: string, server: unknown): Server {
  if (readable(`${what}: the server`, () => isServer(server))) return server as Server; // by its methods
  throw invalidType(`${what}: the server must be one of net, tls, http, https or http2, not ${quote(server)}`);
}

function isServer(server: unknown): boolean {
  if (!(server instanceof EventEmitter)) return false;
  const { close, getConnections } = server as Partial<Server>;
  return typeof close === 'function' && typeof getConnections === 'function';
}
