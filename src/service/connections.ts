// Which connections a server has. Node tells only how many, and for HTTP/1 those that no upgrade has taken away, so that
// they are noted from the moment at which a server starts to listen.
import { subscribe } from 'node:diagnostics_channel';
import type { Server as HttpServer } from 'node:http';
import type { ServerHttp2Session } from 'node:http2';
import type { Server, Socket } from 'node:net';

interface Noted {
  readonly sockets: Set<Socket>;
  /** Of HTTP/2. */
  readonly sessions: Set<ServerHttp2Session>;
}

const noted = new WeakMap<Server, Noted>();

// One listener for a channel that is used when a server starts, and never for a connection or a request.
subscribe('tracing:net.server.listen:asyncStart', (message) => {
  note((message as { readonly server: Server }).server); // net.server.listen's documented message
});

function note(server: Server): Noted {
  const known = noted.get(server);
  if (known !== undefined) return known;
  const connections: Noted = { sockets: new Set(), sessions: new Set() };
  noted.set(server, connections);
  // The first to be told: another listener may destroy it.
  server.prependListener('connection', (socket: Socket) => keep(connections.sockets, socket));
  if (isHttp2(server)) server.on('session', (session: ServerHttp2Session) => keep(connections.sessions, session));
  return connections;
}

function keep<T extends Socket | ServerHttp2Session>(set: Set<T>, one: T): void {
  set.add(one);
  (one as Socket).once('close', () => set.delete(one)); // sessions have the event as well
}

/** Both kinds of HTTP/2 server, which share no class that can be named. */
function isHttp2(server: Server): boolean {
  return 'updateSettings' in server;
}

export class Connections {
  readonly #server: Server;
  readonly #noted: Noted;

  constructor(server: Server) {
    this.#server = server;
    this.#noted = note(server);
    for (const socket of strangers(server)) if (!this.#noted.sockets.has(socket)) keep(this.#noted.sockets, socket);
  }

  get count(): number {
    return this.#noted.sockets.size;
  }

  /** Those on which nobody waits for an answer; `silent` ones too, on which nothing was ever asked. */
  closeIdle({ silent }: { readonly silent: boolean }): void {
    for (const session of this.#noted.sessions) if (!session.closed) session.close();
    const http = this.#server as Partial<HttpServer>;
    if (http.closeIdleConnections === undefined) return;
    http.closeIdleConnections();
    // A browser opens some in advance, and Node takes one that has never sent a byte for busy.
    if (silent) for (const socket of this.#noted.sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  /** All that are left; tells how many that were. */
  destroy(): number {
    const { count } = this;
    for (const session of this.#noted.sessions) session.destroy();
    for (const socket of this.#noted.sockets) socket.destroy();
    return count;
  }
}

/**
 * Those that came before this module was loaded. Node's own list of what keeps the process alive leaves out a connection
 * that was told not to, `socket.unref()`, which there is no other way to find. Nor is there one from a socket to its
 * HTTP/2 session; from Node 24 on, closing the server ends the idle ones.
 */
function strangers(server: Server): Socket[] {
  const { _getActiveHandles: handles } = process as { _getActiveHandles?: () => unknown[] };
  const all = (handles?.call(process) ?? []) as Partial<Socket & { server: Server }>[];
  return all.filter((handle) => handle.server === server && handle.destroy !== undefined) as Socket[];
}
