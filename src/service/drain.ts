// Closes a server without cutting off a client that waits for an answer.
import type { Server as HttpServer } from 'node:http';
import type { Server, Socket } from 'node:net';
import { checkNumber, ownOptions } from '../arguments.ts';
import { socketChannel } from '../channels.ts';
import { Connections } from './connections.ts';
import { holdDeadline } from './deadline.ts';
import { sayFarewell } from './farewell.ts';
import { idleHttpConnections } from './http-connections.ts';
import { hasUnread, QuietConnections } from './quiet-connections.ts';
import { checkServer } from './server-argument.ts';

/** How a server is drained. */
export interface DrainOptions {
  /** How long connections that are still active may take, in milliseconds; default 10 000. */
  readonly timeout?: number;
}

/** What became of the connections. */
export interface Drained {
  /** How many were cut off when the time was over. */
  forced: number;
}

const TIMEOUT_MS = 10_000;
/** Above this a timer of Node fires at once. */
const TIMER_MAX = 2_147_483_647;
/** How often the connections are looked at, in milliseconds. */
const LOOK_MS = 25;
/** How long a server may take to close once all connections are destroyed, in milliseconds. */
const GIVE_UP_MS = 1000;
const KNOWN_KEYS: Readonly<Record<keyof DrainOptions, true>> = { timeout: true };

/**
 * Drains a server of `http`, `https`, `http2`, `net` or `tls`: it accepts no more connections; requests that have begun,
 * and those that arrive on open connections meanwhile, are answered, with `Connection: close` (HTTP/2: GOAWAY);
 * connections on which nothing has moved for 250 ms are closed; and what is left after `timeout` is cut off. No
 * connection that waits for an answer is reset before that. Meanwhile the service manager's deadline is extended, for no
 * longer than `timeout`. A connection of plain `net` or `tls`, or one that was upgraded (a WebSocket), is active for as
 * long as it is open. Safe to call twice, and for a server that does not listen.
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

/** How `drainServer` treats what does not end. */
export interface DrainRules {
  /** In milliseconds. */
  readonly timeout: number;
  /** Whether connections that are left after `timeout` are destroyed. Without it they are left alone. */
  readonly force: boolean;
  /** Whether upgraded connections (WebSockets) are waited for. */
  readonly awaitUpgraded: boolean;
}

/** The same for `readyd/auto`, which may neither cut connections off nor wait for a program's WebSockets. */
export async function drainServer(server: Server, rules: DrainRules): Promise<{ readonly left: number }> {
  const { timeout, force, awaitUpgraded } = rules;
  const connections = new Connections(server);
  const closed = stopAccepting(server, connections);
  const unsubscribe = sayFarewell(server, connections);
  const quiet = new QuietConnections();
  const count = (): number => connections.count - (awaitUpgraded ? 0 : connections.upgraded);
  const begin = performance.now();
  // The extension may fail; the connections end nevertheless.
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
  // A connection that could not be found (see connections.ts) must not hold up the end.
  if (force || left === 0) await Promise.race([closed, sleep(GIVE_UP_MS, { unref: true })]);
  return { left };
}

/** `quiet` decides which connections have been idle for long enough; without it, all that are idle now. */
function closeIdle(server: Server, connections: Connections, quiet?: QuietConnections): void {
  const isOver = (socket: Socket): boolean => (quiet === undefined || quiet.has(socket)) && !hasUnread(socket);
  // Streams that are open are answered all the same.
  for (const [session, socket] of connections.sessions) {
    if (!session.closed && (socket === undefined || isOver(socket))) session.close();
  }
  const { closeIdleConnections } = server as Partial<HttpServer>;
  if (closeIdleConnections === undefined) return;
  const idle = idleHttpConnections(server);
  // A runtime that does not tell which they are.
  if (idle === undefined) closeIdleConnections.call(server);
  // A browser opens some in advance. Node before 26 takes one that has never sent a byte for busy.
  const silent = [...connections.sockets].filter(({ bytesRead }) => bytesRead === 0);
  for (const socket of new Set<Socket>([...(idle ?? []), ...(quiet === undefined ? [] : silent)])) {
    if (isOver(socket)) socket.destroy();
  }
}

/** Resolves when the server has closed, at once for one that did not listen. */
function stopAccepting(server: Server, { sessions }: Connections): Promise<void> {
  return new Promise((resolve) => {
    // Closing an HTTP server also closes what Node takes for idle: a request that is on its way would be reset.
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
