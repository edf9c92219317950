// Finds the passed sockets that a listen() call means. Pure.
import { resolve } from 'node:path';
import type { SocketAddress } from '../sockets/kind.ts';
import { trimEnd } from '../trim-end.ts';
import type { ListenPlace } from './listen-call.ts';
import type { SocketAssignment } from './settings.ts';

/** The relevant parts of a passed socket. */
export interface Candidate {
  readonly name: string;
  readonly address: SocketAddress | undefined;
  /** Whether a server already uses it. */
  readonly served: boolean;
}

const ANY = new Set(['', '0.0.0.0', '::', '*']);

/** All sockets that the server must serve; empty if the program must listen itself. */
export function match<C extends Candidate>(
  place: ListenPlace,
  candidates: readonly C[],
  assignments: readonly SocketAssignment[],
): readonly C[] {
  if (place.kind === 'fd' || place.kind === 'other') return [];
  const assigned = assignments.find((assignment) => isMeant(assignment, place));
  if (assigned !== undefined) return candidates.filter(({ name, served }) => name === assigned.name && !served);
  const named = new Set(assignments.map(({ name }) => name));
  const others = candidates.filter(({ name }) => !named.has(name));
  const exact = others.filter(({ address }) => isAt(address, place));
  if (exact.length > 0) return exact.filter(({ served }) => !served);
  // With only one socket, a program that has its port from another source must mean this socket.
  const [only] = others;
  if (only === undefined || others.length > 1 || only.served || place.kind !== 'port' || place.port === 0) return [];
  return [only];
}

function isMeant(assignment: SocketAssignment, place: ListenPlace): boolean {
  if ('path' in assignment) return place.kind === 'path' && samePath(assignment.path, place.path);
  if (place.kind !== 'port' || place.port !== assignment.port) return false;
  return assignment.host === undefined || sameHost(assignment.host, place.host);
}

/** Whether the socket has the address on which a program wants to listen, or to which it wants to connect. */
export function isAt(address: SocketAddress | undefined, place: ListenPlace): boolean {
  if (address === undefined) return false;
  if ('path' in address) return place.kind === 'path' && samePath(address.path, place.path);
  return place.kind === 'port' && place.port === address.port && sameHost(address.address, place.host);
}

/** Lenient: `localhost` and the unspecified addresses match the address of the socket. */
function sameHost(own: string, wanted = ''): boolean {
  if (ANY.has(wanted) || ANY.has(own) || wanted === own) return true;
  // A host name: only a DNS lookup could tell whether it resolves to this address.
  if (!/^[\d.]+$/.test(wanted) && !wanted.includes(':')) return wanted !== 'localhost' || isLoopback(own);
  return `::ffff:${wanted}` === own || wanted === `::ffff:${own}`;
}

export function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1' || host.startsWith('::ffff:127.');
}

/** An abstract name starts with a NUL character in Node, and with @ in systemd. */
function samePath(own: string, wanted: string): boolean {
  if (own.startsWith('@') || wanted.startsWith('\0')) return own === trimEnd(wanted.replace(/^\0/, '@'), '\0');
  return resolve(own) === resolve(wanted);
}
