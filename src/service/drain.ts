// Closes a server without interrupting clients that wait for an answer.
import type { Server as HttpServer } from 'node:http';
import type { Server, Socket } from 'node:net';
import { checkNumber, ownOptions } from '../arguments.ts';
import { socketChannel } from '../channels.ts';
import { TIMER_MAX } from '../timer.ts';
import { Connections } from './connections.ts';
import { holdDeadline } from './deadline.ts';
import { sayFarewell } from './farewell.ts';
import { idleHttpConnections } from './http-connections.ts';
import { hasUnread, QuietConnections } from './quiet-connections.ts';
import { checkServer } from './server-argument.ts';

/** The options of drain(). */
export interface DrainOptions {
  /** How long active connections may continue, in milliseconds; default 10 000. */
  readonly timeout?: number;
}

/** The result of draining. */
export interface Drained {
  /** How many connections were destroyed at the timeout. */
  forced: number;
}

const TIMEOUT_MS = 10_000;
/** How often to check the connections, in milliseconds. */
const LOOK_MS = 25;
/** How long a server may take to close after all connections are destroyed, in milliseconds. */
const GIVE_UP_MS = 1000;
const KNOWN_KEYS: Readonly<Record<keyof DrainOptions, true>> = { timeout: true };

/**
 * Drains a server of `http`, `https`, `http2`, `net` or `tls`. It accepts no more connections. It answers requests that
 * have begun, and those that still arrive on open connections, with `Connection: close` (HTTP/2: GOAWAY). It closes
 * connections without traffic for 250 ms, and destroys the rest after `timeout`. Before that it resets no connection
 * that waits for an answer. Meanwhile it extends the service manager's deadline, for at most `timeout`. A connection of
 * plain `net` or `tls`, or an upgraded one (a WebSocket), counts as active while it is open. Safe to call twice, and on
 * a server that does not listen.
 *
 * @throws (rejects) TypeError or RangeError `SD_ERR_INVALID_ARG`.
 * @example
 * ```ts
 * process.once('SIGTERM', async () => {
 *   const { forced } = await drain(server, { timeout: 5000 });
 *   if (forced > 0) console.error(`${forced} connections were cut off`);
 * });
 * ```
 * @see TimeoutStopSec= in systemd.service(5)
 */
export async function drain(server: HttpServer | Server, options: DrainOptions = {}): Promise<Drained> {
  const own = ownOptions('drain(): the options', options, KNOWN_KEYS);
  const timeout = checkNumber('drain(): timeout', own.timeout ?? TIMEOUT_MS, 0, TIMER_MAX);
  const { left } = await drainServer(checkServer('drain()', server), { timeout, force: true, awaitUpgraded: true });
  if (socketChannel.hasSubscribers) socketChannel.publish({ type: 'drained', forced: left });
  return { forced: left };
}

/** How `drainServer` treats connections that do not end. */
export interface DrainRules {
  /** In milliseconds. */
  readonly timeout: number;
  /** Whether to destroy the connections that remain after `timeout`. */
  readonly force: boolean;
  /** Whether to wait for upgraded connections (WebSockets). */
  readonly awaitUpgraded: boolean;
}

/** The same for `readyd/auto`, which must neither destroy connections nor wait for the program's WebSockets. */
export async function drainServer(server: Server, rules: DrainRules): Promise<{ readonly left: number }> {
  const { timeout, force, awaitUpgraded } = rules;
  const connections = new Connections(server);
  const closed = stopAccepting(server, connections);
  const unsubscribe = sayFarewell(server, connections);
  const quiet = new QuietConnections();
  const count = (): number => connections.count - (awaitUpgraded ? 0 : connections.upgraded);
  const begin = performance.now();
  // If the extension fails, draining continues.
  const release = connections.count === 0 ? undefined : holdDeadline(timeout, () => undefined);
  for (let passed = 0; count() > 0 && passed < timeout; passed = performance.now() - begin) {
    closeIdle(server, connections, quiet);
    await sleep(Math.min(LOOK_MS, timeout - passed));
  }
  closeIdle(server, connections);
  const left = count();
  if (force) connections.destroy();
  release?.();
  unsubscribe();
  // A connection that was not found (see connections.ts) must not delay the exit.
  if (force || left === 0) await Promise.race([closed, sleep(GIVE_UP_MS, { unref: true })]);
  return { left };
}

/** Closes idle connections: those that `quiet` accepts, or without it all that are idle now. */
function closeIdle(server: Server, connections: Connections, quiet?: QuietConnections): void {
  const isOver = (socket: Socket): boolean => (quiet === undefined || quiet.has(socket)) && !hasUnread(socket);
  // Open streams are still answered.
  for (const [session, socket] of connections.sessions) {
    if (!session.closed && (socket === undefined || isOver(socket))) session.close();
  }
  const { closeIdleConnections } = server as Partial<HttpServer>;
  if (closeIdleConnections === undefined) return;
  const idle = idleHttpConnections(server);
  // This runtime does not list the idle connections.
  if (idle === undefined) closeIdleConnections.call(server);
  // Browsers open connections in advance. Before version 26, Node treats a connection without any data as busy.
  const silent = [...connections.sockets].filter(({ bytesRead }) => bytesRead === 0);
  for (const socket of new Set<Socket>([...(idle ?? []), ...(quiet === undefined ? [] : silent)])) {
    if (isOver(socket)) socket.destroy();
  }
}

/** Resolves when the server has closed; at once for a server that did not listen. */
function stopAccepting(server: Server, { sessions }: Connections): Promise<void> {
  return new Promise((resolve) => {
    // close() of an HTTP server also closes connections that Node considers idle: a request on its way would be reset.
    const restore = [
      withhold(server, 'closeIdleConnections'),
      ...[...sessions.keys()].map((one) => withhold(one, 'close')),
    ];
    server.close(() => resolve());
    for (const undo of restore) undo();
  });
}

/** Makes a method do nothing until the returned function is called. */
function withhold(object: object, method: string): () => void {
  if (!(method in object)) return () => undefined;
  const own = Object.getOwnPropertyDescriptor(object, method);
  Object.defineProperty(object, method, { value: () => undefined, configurable: true });
  return () => {
    if (own === undefined) Reflect.deleteProperty(object, method);
    else Object.defineProperty(object, method, own);
  };
}

function sleep(ms: number, { unref = false } = {}): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    if (unref) timer.unref();
  });
}
