// Receives datagrams on a socket that the service manager passed.
import type { BindOptions, Socket } from 'node:dgram';
import { checkInteger, checkObject, checkString, ownMembers, ownOptions, readable } from '../arguments.ts';
import { invalidType, quote } from '../errors.ts';
import { type FoundSocket, find } from './find.ts';
import type { SocketAddress } from './kind.ts';
import { noteServed } from './served.ts';
import { started } from './started.ts';
import { PORT_MAX } from './target.ts';

/** Which socket to receive on. */
export interface BindTarget {
  /** FileDescriptorName= of the socket unit. Default: the only UDP socket that was passed. */
  name?: string;
  /** Options for `socket.bind()`, used if no socket (of that name) was passed. */
  fallback?: BindOptions;
}

/** Where a socket receives datagrams. */
export interface Binding {
  /** True for a socket that was passed; false for the fallback. */
  activated: boolean;
  /** The address of the socket. */
  address: SocketAddress | undefined;
}

const KEYS = { name: true, fallback: true } as const satisfies Record<keyof BindTarget, true>;

/**
 * Binds a `dgram` socket to the UDP socket that the service manager passed, or to `target.fallback` if it passed none.
 * Resolves when the socket receives. The type of the socket, `udp4` or `udp6`, must match the socket that was passed; a
 * `ListenDatagram=` with only a port is `udp6`. If no socket has the name, the only UDP socket without a configured
 * name is used, and the log reports it.
 * @throws (rejects) SystemdError `SD_ERR_NO_SOCKET`, `SD_ERR_AMBIGUOUS`, `SD_ERR_FD_MISMATCH`, `SD_ERR_FD_TAKEN`,
 *   `SD_ERR_STATE` for a socket that is already bound, the errors of `listenFds()`, and the socket's own 'error'. After
 *   an error the descriptor is available again.
 * @example
 * ```ts
 * const socket = createSocket('udp6');
 * const { activated, address } = await bind(socket, { name: 'syslog', fallback: { port: 5140 } });
 * ```
 * @see systemd.socket(5), sd_listen_fds(3)
 */
export async function bind(socket: Socket, target: BindTarget = {}): Promise<Binding> {
  const { name, fallback } = checkTarget(target);
  const want = checkSocket(socket);
  const request = { name, want, backlog: undefined, required: fallback === undefined, all: false };
  const found = find(request, 'a socket');
  return receive(socket, (found instanceof Promise ? await found : found)[0], fallback);
}

function checkTarget(target: BindTarget): { readonly [key in keyof BindTarget]-?: BindTarget[key] | undefined } {
  const { name, fallback } = ownOptions('target', target, KEYS);
  if (name !== undefined) checkString('target.name', name);
  if (fallback === undefined) return { name, fallback };
  const own = ownMembers('target.fallback', checkObject('target.fallback', fallback)) as BindOptions;
  const { port }: { port?: unknown } = own;
  if (port !== undefined) checkInteger('target.fallback.port', port, 0, PORT_MAX);
  return { name, fallback: { ...own } };
}

function checkSocket(socket: unknown): 'udp4' | 'udp6' {
  const { bind: start, type } = readable('bind(): the socket', () => {
    const { bind, type: kind } = Object(socket) as { bind?: unknown; type?: unknown }; // each is looked at
    return { bind, type: kind };
  });
  if (typeof start === 'function' && (type === 'udp4' || type === 'udp6')) return type;
  throw invalidType(`socket must be a dgram.Socket, not ${quote(socket)}`);
}

async function receive(socket: Socket, found: FoundSocket | undefined, fallback: BindOptions = {}): Promise<Binding> {
  try {
    await started('socket', socket, () => socket.bind(found === undefined ? fallback : { fd: found.fd }));
  } catch (error) {
    found?.giveBack();
    throw error;
  }
  const address = found?.address ?? addressOf(socket);
  noteServed(socket, [{ name: found?.name, address }]);
  return { activated: found !== undefined, address };
}

function addressOf(socket: Socket): SocketAddress | undefined {
  const { address, port, family } = socket.address();
  return { address, port, family: family === 'IPv6' ? 'IPv6' : 'IPv4' };
}
