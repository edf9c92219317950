// Tracks the connections of each server. Node only counts them, and for HTTP/1 leaves out upgraded ones, so connections
// are recorded from the moment a server starts to listen.
import { subscribe } from 'node:diagnostics_channel';
import type { ServerHttp2Session } from 'node:http2';
import type { Server, Socket } from 'node:net';
import { isExtraListener } from '../sockets/noted-listeners.ts';
import { httpConnections } from './http-connections.ts';

interface Noted {
  readonly sockets: Set<Socket>;
  /** HTTP/2 sessions, each with the socket that carries it. */
  readonly sessions: Map<ServerHttp2Session, Socket | undefined>;
  /** The latest socket: Node creates its session in the same tick. */
  latest: Socket | undefined;
  /** The plain sockets whose TLS handshake is complete. */
  readonly secured: WeakSet<Socket>;
  /** Called when a connection has opened or closed. */
  readonly watchers: Set<() => void>;
}

const noted = new WeakMap<Server, Noted>();
/** The servers that currently listen. */
const listening = new Set<Server>();
/** Called when a connection of any server has opened or closed. */
const watchers = new Set<() => void>();

// Subscribes to a channel that Node uses when a server starts, never per connection or request.
subscribe('tracing:net.server.listen:asyncStart', (message) => {
  const { server } = message as { readonly server: Server }; // net.server.listen's documented message
  note(server);
  if (isExtraListener(server) || listening.has(server)) return;
  listening.add(server);
  server.once('close', () => listening.delete(server));
});

/** The servers of this process that listen. */
export function listeningServers(): readonly Server[] {
  return [...listening].filter(({ listening: listens }) => listens);
}

/** How many connections they have. Connections of a closed server count until they end. */
export function openConnections(): number {
  return [...listening].reduce((sum, server) => sum + note(server).sockets.size, 0);
}

/** Calls `watcher` whenever a connection of any server has opened or closed, until the returned function is called. */
export function watchConnections(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

function note(server: Server): Noted {
  const known = noted.get(server);
  if (known !== undefined) return known;
  const connections: Noted = {
    sockets: new Set(),
    sessions: new Map(),
    latest: undefined,
    secured: new WeakSet(),
    watchers: new Set(),
  };
  noted.set(server, connections);
  // Runs first, because another listener may destroy the socket.
  server.prependListener('connection', (socket: Socket) => {
    connections.latest = socket;
    keep(connections, socket);
    changed(connections);
  });
  server.prependListener('secureConnection', (socket: Socket) => {
    connections.latest = socket;
    connections.secured.add(plainSocketOf(socket));
  });
  if (isHttp2(server)) {
    server.on('session', (session: ServerHttp2Session) => {
      connections.sessions.set(session, connections.latest);
      session.once('close', () => connections.sessions.delete(session));
    });
  }
  return connections;
}

function keep(connections: Noted, socket: Socket): void {
  connections.sockets.add(socket);
  socket.once('close', () => {
    connections.sockets.delete(socket);
    changed(connections);
  });
}

function changed({ watchers: own }: Noted): void {
  for (const watcher of own) watcher();
  for (const watcher of watchers) watcher();
}

/** The TCP or unix socket below a TLS socket; any other socket is returned unchanged. */
export function plainSocketOf(socket: Socket): Socket {
  return (socket as { readonly _parent?: Socket | null })._parent ?? socket; // internal member of TLSSocket
}

/** Both kinds of HTTP/2 server; they share no public class. */
function isHttp2(server: Server): boolean {
  return 'updateSettings' in server;
}

function isTls(server: Server): boolean {
  return 'setSecureContext' in server;
}

export class Connections {
  readonly #server: Server;
  readonly #noted: Noted;

  constructor(server: Server) {
    this.#server = server;
    this.#noted = note(server);
    for (const socket of strangers(server)) if (!this.#noted.sockets.has(socket)) keep(this.#noted, socket);
  }

  get count(): number {
    return this.#noted.sockets.size;
  }

  get sockets(): Iterable<Socket> {
    return this.#noted.sockets;
  }

  /** The HTTP/2 sessions, each with the socket that carries it. */
  get sessions(): ReadonlyMap<ServerHttp2Session, Socket | undefined> {
    return this.#noted.sessions;
  }

  /** How many connections an upgrade (a WebSocket, CONNECT) has removed from HTTP/1. */
  get upgraded(): number {
    const http = httpConnections(this.#server);
    if (http === undefined || isHttp2(this.#server)) return 0;
    const own = new Set(http.map(plainSocketOf));
    const begun = (socket: Socket): boolean => !isTls(this.#server) || this.#noted.secured.has(socket);
    return [...this.#noted.sockets].filter((socket) => !own.has(socket) && begun(socket)).length;
  }

  /** Calls `watcher` whenever a connection has opened or closed, until the returned function is called. */
  watch(watcher: () => void): () => void {
    this.#noted.watchers.add(watcher);
    return () => void this.#noted.watchers.delete(watcher);
  }

  /** Destroys the remaining connections, and returns how many there were. */
  destroy(): number {
    const { count } = this;
    for (const session of this.#noted.sessions.keys()) session.destroy();
    for (const socket of this.#noted.sockets) socket.destroy();
    return count;
  }
}

/**
 * Connections that opened before this module was loaded, from Node's list of active handles. It leaves out connections
 * after `socket.unref()`; there is no other way to find those. Nor is there a way from a socket to its HTTP/2 session;
 * from Node 24 on, closing the server ends idle sessions.
 */
function strangers(server: Server): Socket[] {
  const { _getActiveHandles: handles } = process as { _getActiveHandles?: () => unknown[] };
  const all = (handles?.call(process) ?? []) as Partial<Socket & { server: Server }>[];
  return all.filter((handle) => handle.server === server && handle.destroy !== undefined) as Socket[];
}
