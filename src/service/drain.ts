// Closing a server without cutting anybody off who is being served.
import type { Server as HttpServer } from 'node:http';
import type { Server } from 'node:net';
import { checkNumber, ownOptions } from '../arguments.ts';
import { invalidType, quote } from '../errors.ts';
import { Connections } from './connections.ts';
import { holdDeadline } from './deadline.ts';

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
/** How often it is looked for connections whose last answer has been sent. */
const LOOK_MS = 25;
/** How long a connection that was just accepted may take for its first byte, in milliseconds. */
const SILENCE_MS = 250;
/** How long a server may take to close once all is cut off, in milliseconds. */
const GIVE_UP_MS = 1000;
const KNOWN_KEYS: Readonly<Record<keyof DrainOptions, true>> = { timeout: true };

/**
 * Drains a server of `http`, `https`, `http2`, `net` or `tls`: it accepts no more connections; those that are idle (a
 * kept-alive one between two requests, an HTTP/2 session without a stream) are closed; those that are active may end,
 * and what is left after `timeout` is cut off. Meanwhile the service manager's deadline is extended, for no longer than
 * that. A connection of plain `net` or `tls`, or one that was upgraded (a WebSocket), is active for as long as it is
 * open. Safe to call twice, and for a server that does not listen.
 *
 * @throws (rejects) TypeError or RangeError `SD_ERR_INVALID_ARG`.
 * @see TimeoutStopSec= in systemd.service(5)
 */
export async function drain(server: HttpServer | Server, options: DrainOptions = {}): Promise<Drained> {
  const own = ownOptions('drain(): the options', options, KNOWN_KEYS);
  const timeout = checkNumber('drain(): timeout', own.timeout ?? TIMEOUT_MS, 0, TIMER_MAX);
  const connections = new Connections(checkServer(server));
  const closed = close(server);
  const begin = performance.now();
  connections.closeIdle({ silent: false });
  // What cannot be extended is told by who stops the service; the connections end all the same.
  const release = connections.count === 0 ? undefined : holdDeadline(timeout, () => undefined);
  for (let passed = 0; connections.count > 0 && passed < timeout; passed = performance.now() - begin) {
    await sleep(Math.min(LOOK_MS, timeout - passed));
    connections.closeIdle({ silent: passed > SILENCE_MS });
  }
  const forced = connections.destroy();
  release?.();
  // A connection that could not be found (see connections.ts) must not hold up the end.
  await Promise.race([closed, sleep(GIVE_UP_MS, { unref: true })]);
  return { forced };
}

/** Resolves when the server has closed, at once for one that did not listen. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function sleep(ms: number, { unref = false } = {}): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    if (unref) timer.unref();
  });
}

function checkServer(server: unknown): Server {
  const { close: stop, getConnections } = Object(server) as Partial<Server>;
  if (typeof stop === 'function' && typeof getConnections === 'function') return server as Server;
  throw invalidType(`drain(): the server must be one of net, tls, http, https or http2, not ${quote(server)}`);
}
