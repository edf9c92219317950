// Keeps the open connections of an HTTP server in the descriptor store of the unit: the next process goes on with them.
import { randomUUID } from 'node:crypto';
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import { Server, Socket } from 'node:net';
import { fdStore, listenFds } from 'readyd';

const PREFIX = 'connection-';

interface Kept {
  readonly name: string;
  /** Requests that have been read and not answered yet. */
  open: number;
  /** How much had been read when the last answer was out: what came since is a part of a request. */
  readUntil: number;
}

export class KeptConnections {
  readonly #server: HttpServer;
  readonly #all = new Map<Socket, Kept>();
  #handedOver: (() => void) | undefined;

  constructor(server: HttpServer) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      if (!this.#all.has(socket)) this.#keep(socket, `${PREFIX}${randomUUID()}`);
    });
    // Before the handler of the program, which may answer at once.
    server.prependListener('request', (request, response) => this.#follow(request, response));
  }

  /** Goes on with what the previous process has left open. */
  adopt(): number {
    const left = [...listenFds()].filter(({ name }) => name.startsWith(PREFIX));
    for (const passed of left) {
      const socket = new Socket({ fd: passed.take(), readable: true, writable: true });
      this.#add(socket, passed.name);
      this.#server.emit('connection', socket);
    }
    return left.length;
  }

  /** Accepts nothing more, finishes what was asked, and leaves the connections to the next process. */
  async handOver(): Promise<void> {
    // That of http would also close every idle connection, and tell the client.
    Server.prototype.close.call(this.#server);
    const finished = new Promise<void>((resolve) => (this.#handedOver = resolve));
    for (const [socket, kept] of this.#all) this.#release(socket, kept);
    if (this.#all.size > 0) await finished;
  }

  #keep(socket: Socket, name: string): void {
    this.#add(socket, name);
    fdStore.put(name, socket).catch((error: unknown) => console.error(error)); // full: the client will have to reconnect
  }

  #add(socket: Socket, name: string): void {
    this.#all.set(socket, { name, open: 0, readUntil: 0 });
    socket.once('close', () => this.#forget(socket, name));
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

  // What the client has sent and nobody has read waits in the socket, which both processes share. Closing our copy of it
  // tells the client nothing.
  #release(socket: Socket, { open, readUntil }: Kept): void {
    if (open > 0 || socket.bytesRead > readUntil || socket.writableEnded) return;
    this.#all.delete(socket);
    socket.destroy();
    if (this.#all.size === 0) this.#handedOver?.();
  }

  // The manager's copy would hold a connection open that we or the client have closed.
  #forget(socket: Socket, name: string): void {
    if (!this.#all.delete(socket)) return;
    void fdStore.remove(name);
    if (this.#all.size === 0) this.#handedOver?.();
  }
}
