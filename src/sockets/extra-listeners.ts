// Lets one server serve several sockets, although a Node server has one handle. Every further socket gets a listener
// that passes its connections to the server with `server.emit('connection')`, as Node's documentation describes.
import type { Server, Socket } from 'node:net';
import { noteExtraListener } from './noted-listeners.ts';

/** Members of a server that Node's types leave out. */
interface ServerSettings {
  readonly allowHalfOpen?: boolean;
  readonly pauseOnConnect?: boolean;
  readonly noDelay?: boolean;
  readonly keepAlive?: boolean;
  /** In seconds. */
  readonly keepAliveInitialDelay?: number;
  readonly highWaterMark?: number;
}

interface Closable {
  _emitCloseIfDrained?: () => void;
}

/** Creates one more listener for `server`; the caller starts it. It closes with the server. */
export function createExtraListener(server: Server): Server {
  const { keepAliveInitialDelay = 0, ...settings } = server as Server & ServerSettings;
  const { allowHalfOpen, pauseOnConnect, noDelay, keepAlive, highWaterMark } = settings;
  const { createServer } = process.getBuiltinModule('node:net');
  const listener = createServer({
    allowHalfOpen: allowHalfOpen ?? false,
    pauseOnConnect: pauseOnConnect ?? false,
    noDelay: noDelay ?? false,
    keepAlive: keepAlive ?? false,
    keepAliveInitialDelay: keepAliveInitialDelay * 1000,
    ...(highWaterMark === undefined ? {} : { highWaterMark }),
  });
  noteExtraListener(listener);
  // The limit applies to each socket, not to their sum: every listener counts its own connections.
  Object.defineProperty(listener, 'maxConnections', { get: () => server.maxConnections, set: () => {} });
  listener.on('connection', (socket: Socket) => {
    (socket as { server?: Server }).server = server; // where Node's own points
    server.emit('connection', socket);
  });
  return listener;
}

/** Makes the listeners part of the server: it closes when all are closed, and counts their connections. */
export function attachListeners(server: Server, listeners: readonly Server[]): void {
  const open = new Set(listeners);
  const own = server as Server & Closable;
  const { close, ref, unref, getConnections, _emitCloseIfDrained: emitClose } = own;
  const members = {
    close: (...args: Parameters<Server['close']>) => {
      for (const listener of listeners) listener.close();
      return close.apply(server, args);
    },
    ref: () => {
      for (const listener of listeners) listener.ref();
      return ref.call(server);
    },
    unref: () => {
      for (const listener of listeners) listener.unref();
      return unref.call(server);
    },
    getConnections: (done: (error: Error | null, count: number) => void) => {
      countAll([...open], (error, count) => {
        if (error) done(error, 0);
        else getConnections.call(server, (failed, first) => done(failed, first + count));
      });
      return server;
    },
    // The internal method that emits `close`; all Node releases have it.
    ...(emitClose && { _emitCloseIfDrained: () => void (open.size === 0 && emitClose.call(server)) }),
  };
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(server, name, { value, configurable: true, writable: true });
  }
  for (const listener of listeners) {
    listener.on('error', (error) => server.emit('error', error));
    listener.once('close', () => {
      open.delete(listener);
      own._emitCloseIfDrained?.();
    });
  }
  server.once('close', () => {
    for (const name of Object.keys(members)) Reflect.deleteProperty(server, name);
  });
}

function countAll(servers: readonly Server[], done: (error: Error | null, count: number) => void, sum = 0): void {
  const [first, ...rest] = servers;
  if (first === undefined) done(null, sum);
  else {
    first.getConnections((error, count) => {
      if (error) done(error, 0);
      else countAll(rest, done, sum + count);
    });
  }
}
