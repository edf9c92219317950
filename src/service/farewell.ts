// Asks the clients of a closing server to send no more requests on their connections: HTTP/1 with `Connection: close`,
// HTTP/2 with GOAWAY. The client then opens another connection, and loses no request.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:net';
import type { Connections } from './connections.ts';
import { httpConnections } from './http-connections.ts';

/**
 * RFC 9113, section 6.8: GOAWAY with the highest stream number announces the end of the connection without refusing
 * streams. Node cannot send it: after `session.goaway()`, with any number, nghttp2 drops every request that is on its
 * way. So this frame is written directly to the socket, between two frames of nghttp2, which Node writes whole.
 */
const GOAWAY_NOTICE = Buffer.from('0000080700000000007fffffff00000000', 'hex');
const REQUEST_START = 'http.server.request.start';

/** HTTP/1 servers that are closing. The channel has a subscriber only while there is one. */
const ending = new Set<Server>();

function onRequest(message: unknown): void {
  const { server, response } = message as { server: Server; response: { shouldKeepAlive: boolean } }; // Node documents both
  if (ending.has(server)) response.shouldKeepAlive = false;
}

/** From now on each answer is the last on its connection, until the returned function is called. */
export function sayFarewell(server: Server, connections: Connections): () => void {
  for (const [session, socket] of connections.sessions) {
    // A client accepts no other frame before SETTINGS; its acknowledgement shows that SETTINGS arrived.
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
