// Tells the clients of a server that ends to send nothing more on their connections: HTTP/1 by `Connection: close`,
// HTTP/2 by GOAWAY. A client that has been told opens another connection, and loses no request with this one.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerHttp2Session } from 'node:http2';
import type { Server } from 'node:net';
import type { Connections } from './connections.ts';
import { httpConnections } from './http-connections.ts';

/** RFC 9113, section 6.8: this number says that the connection ends soon, and refuses no stream yet. */
const LAST_STREAM_MAX = 2 ** 31 - 1;
const NO_ERROR = 0;
const REQUEST_START = 'http.server.request.start';

/** Servers that end, of HTTP/1. The channel is listened to only while there is one. */
const ending = new Set<Server>();

function onRequest(message: unknown): void {
  const { server, response } = message as { server: Server; response: { shouldKeepAlive: boolean } }; // Node documents both
  if (ending.has(server)) response.shouldKeepAlive = false;
}

/** From now on each answer is the last on its connection, until the returned function is called. */
export function sayFarewell(server: Server, connections: Connections): () => void {
  for (const session of connections.sessions) sayGoaway(session);
  for (const { _httpMessage: answer } of httpConnections(server) ?? []) {
    if (answer && !answer.headersSent) answer.shouldKeepAlive = false;
  }
  if (ending.size === 0) subscribe(REQUEST_START, onRequest);
  ending.add(server);
  return () => {
    ending.delete(server);
    if (ending.size === 0) unsubscribe(REQUEST_START, onRequest);
  };
}

function sayGoaway(session: ServerHttp2Session): void {
  if (!session.closed && !session.destroyed) session.goaway(NO_ERROR, LAST_STREAM_MAX);
}
