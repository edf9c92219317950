// Finds the descriptor of a resource.
import type { Socket as DatagramSocket } from 'node:dgram';
import type { Server, Socket } from 'node:net';
import { checkInteger, INT32_MAX, readable } from '../arguments.ts';
import { invalidType, quote } from '../errors.ts';

/** Something with a descriptor: its number, an object with an `fd`, or a server or socket of Node. */
export type Resource = number | { fd: number } | Server | Socket | DatagramSocket;

/**
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG` if it has no descriptor, or no longer has one.
 */
export function descriptorOf(resource: unknown): number {
  if (typeof resource === 'number') return checkInteger('resource', resource, 0, INT32_MAX);
  if (typeof resource !== 'object' || resource === null) {
    throw invalidType(`resource must be a descriptor or something that has one, not ${quote(resource)}`);
  }
  const own: unknown = readable('resource', () => ('fd' in resource ? resource.fd : undefined));
  if (typeof own === 'number') return checkInteger('resource.fd', own, 0, INT32_MAX);
  const fd = readable('resource', () => handleOf(resource)?.fd);
  if (typeof fd === 'number' && fd >= 0) return fd;
  throw invalidType('resource has no descriptor: it is closed, or not started yet, or belongs to the cluster primary');
}

// Node has no public API for the descriptor of a server or socket. A net one keeps it in _handle; a dgram one behind a
// symbol, because its _handle is deprecated.
function handleOf(resource: object): { fd?: unknown } | undefined {
  const symbol = Object.getOwnPropertySymbols(resource).find(({ description }) => description === 'state symbol');
  // Reading _handle of a dgram socket prints a deprecation warning, even if it is closed.
  const state: unknown = symbol === undefined ? undefined : Reflect.get(resource, symbol);
  const found: unknown = isObject(state) ? Reflect.get(state, 'handle') : Reflect.get(resource, '_handle');
  return isObject(found) ? found : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
