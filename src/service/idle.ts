// Detects that a server is unused: a service that systemd starts on demand can then exit.
import type { Server } from 'node:net';
import { checkNumber, ownOptions } from '../arguments.ts';
import { invalidType, quote } from '../errors.ts';
import { TIMER_MAX } from '../timer.ts';
import { Connections } from './connections.ts';
import { checkServer } from './server-argument.ts';

/** The options of onIdle(). */
export interface IdleOptions {
  /** How long no connection must have been open, in milliseconds; at least 1. */
  readonly timeout: number;
}

const KNOWN_KEYS: Readonly<Record<keyof IdleOptions, true>> = { timeout: true };

/**
 * Calls `handler` when a server has had no open connection for `timeout` milliseconds, counted from this call and from
 * the end of the last connection. Calls it again only after another connection has opened and closed. A kept-alive
 * connection stays open until `server.keepAliveTimeout` (Node's default: 5 s) has passed. The timer does not keep the
 * process alive. With `service()`, use its option `idleTimeout`.
 *
 * @param server - one of `net`, `tls`, `http`, `https` or `http2`.
 * @returns an object that ends the watch when disposed; works with `using`.
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`.
 * @example
 * ```ts
 * const { activated } = await listen(server, { name: 'web', fallback: 8080 });
 * // Off systemd nothing would start the program again.
 * if (activated) onIdle(server, { timeout: 60_000 }, () => server.close());
 * ```
 * @see systemd.socket(5)
 */
export function onIdle(server: Server, options: IdleOptions, handler: () => void): Disposable {
  const own = ownOptions('onIdle(): the options', options, KNOWN_KEYS);
  const timeout = checkNumber('onIdle(): timeout', own.timeout, 1, TIMER_MAX);
  if (typeof handler !== 'function') {
    throw invalidType(`onIdle(): the handler must be a function, not ${quote(handler)}`);
  }
  const stop = whenIdle([checkServer('onIdle()', server)], timeout, handler);
  return { [Symbol.dispose]: stop };
}

/** The same for several servers, which must all be idle. Returns a function that ends the watch. */
export function whenIdle(servers: readonly Server[], timeout: number, handler: () => void): () => void {
  const all = servers.map((server) => new Connections(server));
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (all.some(({ count }) => count > 0)) return;
    timer = setTimeout(handler, timeout).unref();
  };
  const releases = all.map((connections) => connections.watch(look));
  look();
  return () => {
    clearTimeout(timer);
    for (const release of releases) release();
  };
}
