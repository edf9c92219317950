// The HTTP/1 connections of a server, from Node's internal list. There is no public one:
// `server.closeIdleConnections()` closes immediately, and in Node 26 also closes connections whose first request has
// not been read.
import type { Server, Socket } from 'node:net';

/** Node's record of a connection: an HTTP parser and its socket. */
interface Parser {
  readonly socket?: HttpSocket | null;
}

interface List {
  all(): Parser[];
  idle(): Parser[];
}

/** A socket with the response that is currently written to it. */
export type HttpSocket = Socket & {
  readonly _httpMessage?: { headersSent: boolean; finished: boolean; shouldKeepAlive: boolean } | null;
};

/** Undefined if the server is not an HTTP/1 server, or the runtime has no such list. */
export function httpConnections(server: Server): readonly HttpSocket[] | undefined {
  return socketsOf(listOf(server)?.all());
}

/** The connections that currently handle no request. */
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
