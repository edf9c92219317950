// Checks the target that a caller passes, so that the error names a misspelled key. Pure.
import type { ListenOptions } from 'node:net';
import { checkInteger, checkObject, checkString, INT32_MAX, ownMembers, ownOptions } from '../arguments.ts';
import { invalidType } from '../errors.ts';

/** Which socket to serve. */
export interface ListenTarget {
  /** FileDescriptorName= of the socket unit. Default: the only listening socket that was passed. */
  name?: string;
  /**
   * The address to use if no socket (of that name) was passed: a port, a unix path (`@name` is abstract; Node 20 pads
   * it with NUL characters), or options for `server.listen()`. As there, a string of digits is a port, so
   * `process.env.PORT` works.
   */
  fallback?: number | string | ListenOptions;
  /** How many connections may wait to be accepted. Default: the socket unit's value; 511 for a fallback, as in Node. */
  backlog?: number;
}

/** The same, validated. */
export interface Target {
  readonly name: string | undefined;
  readonly fallback: ListenOptions | undefined;
  readonly backlog: number | undefined;
}

const KEYS = { name: true, fallback: true, backlog: true } as const satisfies Record<keyof ListenTarget, true>;
export const PORT_MAX = 65_535;

/**
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`; the message names the key.
 */
export function checkTarget(target: ListenTarget): Target {
  const { name, fallback, backlog } = ownOptions('target', target, KEYS);
  return {
    name: name === undefined ? undefined : checkString('target.name', name),
    fallback: fallback === undefined ? undefined : checkFallback(fallback),
    backlog: backlog === undefined ? undefined : checkInteger('target.backlog', backlog, 1, INT32_MAX),
  };
}

function checkFallback(fallback: unknown): ListenOptions {
  if (typeof fallback === 'number') return { port: checkPort('target.fallback', fallback) };
  if (typeof fallback === 'string') return parseFallback(fallback);
  // Node checks the rest.
  const options = ownMembers('target.fallback', checkObject('target.fallback', fallback)) as ListenOptions & {
    fd?: unknown;
  };
  const port: unknown = options.port; // a string of digits is a port, as in Node
  if (port !== undefined) checkPort('target.fallback.port', typeof port === 'string' ? Number(port) : port);
  else if (options.path === undefined && options.fd === undefined) {
    throw invalidType('target.fallback must have a port or a path');
  }
  return { ...options };
}

function parseFallback(text: string): ListenOptions {
  if (text === '') throw invalidType('target.fallback must be a port or a path, not ""');
  // The same rule as Node for telling a path from a port.
  if (Number(text) >= 0) return { port: checkPort('target.fallback', Number(text)) };
  return { path: text.startsWith('@') ? `\0${text.slice(1)}` : text };
}

function checkPort(what: string, port: unknown): number {
  return checkInteger(what, port, 0, PORT_MAX);
}
