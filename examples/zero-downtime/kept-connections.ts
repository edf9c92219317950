// Keeps the open connections of an HTTP server in the descriptor store of the unit: the next process goes on with them.
// A connection is stored when the process stops, not when it is accepted: systemd handles the messages of its services
// before anything else, so a message for each of a thousand short connections a second would keep it from `systemctl`.
import { randomUUID } from 'node:crypto';
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import { Server, Socket } from 'node:net';
import { fdStore, listenFds } from 'readyd';

const PREFIX = 'connection-';

interface Kept {
  /** The connection's name in the store, if a previous process stored it; otherwise undefined. */
  readonly storedAs: string | undefined;
  /** Requests that have been read and not answered yet. */
  open: number;
  /** The bytes read when the last answer was sent: later bytes are a part of a request. */
  readUntil: number;
}

export class KeptConnections {
  readonly #server: HttpServer;
  readonly #all = new Map<Socket, Kept>();
  readonly #storing: Promise<unknown>[] = [];
  #handedOver: (() => void) | undefined;

  constructor(server: HttpServer) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      if (!this.#all.has(socket)) this.#add(socket, undefined);
    });
    // This listener runs before the handler of the program, which may answer at once.
    server.prependListener('request', (request, response) => this.#follow(request, response));
  }

  /** Goes on with the connections that the previous process left open. */
  adopt(): number {
    const left = [...listenFds()].filter(({ name }) => name.startsWith(PREFIX));
    for (const passed of left) {
      const socket = new Socket({ fd: passed.take(), readable: true, writable: true });
      this.#add(socket, passed.name);
      this.#server.emit('connection', socket);
    }
    return left.length;
  }

  /** Accepts no more connections, answers the open requests, and leaves the connections to the next process. */
  async handOver(): Promise<void> {
    // The close() of http would also close every idle connection, and the client would see that.
    Server.prototype.close.call(this.#server);
    const finished = new Promise<void>((resolve) => (this.#handedOver = resolve));
    for (const [socket, kept] of this.#all) this.#release(socket, kept);
    if (this.#all.size > 0) await finished;
    await Promise.all(this.#storing);
  }

  #add(socket: Socket, storedAs: string | undefined): void {
    this.#all.set(socket, { storedAs, open: 0, readUntil: 0 });
    socket.once('close', () => this.#forget(socket, storedAs));
  }

  #follow(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const kept = this.#all.get(socket);
    if (kept === undefined) return;
    kept.open++;
    response.once('close', () => {
      kept.open--;
      if (kept.open === 0) kept.readUntil = socket.bytesRead;
      if (this.#handedOver === undefined) return;
      // The next process must not take the rest of a body for a request.
      if (request.complete) this.#release(socket, kept);
      else socket.destroySoon();
    });
  }

  // Unread data of the client waits in the socket, which both processes share. The client does not notice that we close our
  // copy of the socket.
  #release(socket: Socket, { storedAs, open, readUntil }: Kept): void {
    if (open > 0 || socket.bytesRead > readUntil || socket.writableEnded) return;
    this.#all.delete(socket);
    // The message has its own copy of the descriptor when put() returns.
    if (storedAs === undefined) this.#store(socket);
    socket.destroy();
    if (this.#all.size === 0) this.#handedOver?.();
  }

  #store(socket: Socket): void {
    const stored = fdStore.put(`${PREFIX}${randomUUID()}`, socket);
    this.#storing.push(stored.catch((error: unknown) => console.error(error))); // full: the client must reconnect
  }

  // Once we or the client have closed a connection, the manager's copy would hold it open.
  #forget(socket: Socket, storedAs: string | undefined): void {
    if (!this.#all.delete(socket)) return;
    if (storedAs !== undefined) void fdStore.remove(storedAs);
    if (this.#all.size === 0) this.#handedOver?.();
  }
}
