// The HTTP/1 connections of a server, as Node itself sees them. It has no public list of them:
// `server.closeIdleConnections()` closes at once, and in Node 26 also those whose first request has not been read yet.
import type { Server, Socket } from 'node:net';

/** What Node keeps for each connection: an HTTP parser and its socket. */
interface Parser {
  readonly socket?: HttpSocket | null;
}

interface List {
  all(): Parser[];
  idle(): Parser[];
}

/** A socket with the response that is being written to it. */
export type HttpSocket = Socket & {
  readonly _httpMessage?: { headersSent: boolean; finished: boolean; shouldKeepAlive: boolean } | null;
};

/** Undefined where the server is none of HTTP/1, and in a runtime that has no such list. */
export function httpConnections(server: Server): readonly HttpSocket[] | undefined {
  return socketsOf(listOf(server)?.all());
}

/** Those on which no request is being read or answered. */
export function idleHttpConnections(server: Server): readonly HttpSocket[] | undefined {
  const idle = socketsOf(listOf(server)?.idle());
  return idle?.filter(({ _httpMessage: answer }) => !answer || answer.finished);
}

function listOf(server: Server): List | undefined {
  const symbol = Object.getOwnPropertySymbols(server).find(({ description }) => description === CONNECTIONS);
  const list: unknown = symbol === undefined ? undefined : Reflect.get(server, symbol);
  const known = typeof (list as Partial<List> | undefined)?.idle === 'function';
  return known ? (list as List) : undefined; // ConnectionsList in Node's lib/_http_server.js
}

const CONNECTIONS = 'http.server.connections';

function socketsOf(parsers: readonly Parser[] | undefined): readonly HttpSocket[] | undefined {
  return parsers?.flatMap(({ socket }) => socket ?? []);
}
