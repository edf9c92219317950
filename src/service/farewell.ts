// Tells the clients of a server that ends to send nothing more on their connections: HTTP/1 by `Connection: close`,
// HTTP/2 by GOAWAY. A client that has been told opens another connection, and loses no request with this one.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:net';
import type { Connections } from './connections.ts';
import { httpConnections } from './http-connections.ts';

/**
 * RFC 9113, section 6.8: GOAWAY with the highest number says that the connection ends soon, and refuses no stream yet.
 * Node can only send the one that refuses: with `session.goaway()`, whatever number it is given, nghttp2 drops each request
 * that is on its way. So this frame is written to the socket itself, between two of nghttp2's own, which Node writes whole.
 */
const GOAWAY_NOTICE = Buffer.from('0000080700000000007fffffff00000000', 'hex');
const REQUEST_START = 'http.server.request.start';

/** Servers that end, of HTTP/1. The channel is listened to only while there is one. */
const ending = new Set<Server>();

function onRequest(message: unknown): void {
  const { server, response } = message as { server: Server; response: { shouldKeepAlive: boolean } }; // Node documents both
  if (ending.has(server)) response.shouldKeepAlive = false;
}

/** From now on each answer is the last on its connection, until the returned function is called. */
export function sayFarewell(server: Server, connections: Connections): () => void {
  for (const [session, socket] of connections.sessions) {
    // A client takes no other frame before SETTINGS, and its answer to that tells that it has come.
    const isOpen = !session.closed && !session.pendingSettingsAck && socket !== undefined && socket.bytesRead > 0;
    if (isOpen && socket.writable) socket.write(GOAWAY_NOTICE);
  }
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
