// The sockets of a socket unit, bound while the manager exists: the service may start and stop meanwhile.
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { whenReady } from '../descriptor-poll.ts';
import { invalidType, quote } from '../errors.ts';
import { native, POLLIN, syscallError } from '../native.ts';
import { identify, inspect } from '../sockets/inspect.ts';
import { addressOf, type SocketAddress } from '../sockets/kind.ts';

/** The address to bind. */
export type Endpoint = ({ readonly path: string } | { readonly host: string; readonly port: number }) & {
  readonly datagram?: true;
};

/** The default of Backlog= in systemd.socket(5), limited by the kernel. */
const BACKLOG = 4096;
const PORT_MAX = 65_535;

/**
 * `8080`, `127.0.0.1:8080`, `[::1]:8080`, `/run/app.sock` or `@abstract`, and the same with the prefix `udp:` for
 * datagrams; port 0 means any free one.
 */
export function parseEndpoint(text: string): Endpoint {
  return text.startsWith('udp:') ? { ...parseAddress(text.slice(4), text), datagram: true } : parseAddress(text, text);
}

function parseAddress(text: string, whole: string): Endpoint {
  // An abstract name accepts any character; a path must not contain NUL.
  if (/^(?:@.|\/[^\0]+$)/.test(text)) return { path: text };
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):)?(\d{1,5})$/.exec(text);
  const [, inBrackets, bare, port] = match ?? [];
  const valid = (inBrackets === undefined || isIPv6(inBrackets)) && (bare === undefined || isIPv4(bare));
  if (port === undefined || Number(port) > PORT_MAX || !valid) {
    const expected = 'PORT, IPV4:PORT, [IPV6]:PORT, /PATH or @ABSTRACT, after udp: for datagrams';
    throw invalidType(`expected ${expected}, to listen on, not ${quote(whole)}`);
  }
  return { host: inBrackets ?? bare ?? '::', port: Number(port) };
}

/** SocketMode= and DirectoryMode= in systemd.socket(5). */
export interface SocketModes {
  readonly socket: number;
  readonly directory: number;
}

const DEFAULT_MODES: SocketModes = { socket: 0o666, directory: 0o755 };

/** A bound socket with the name that the service uses. */
export class Listener {
  readonly name: string;
  readonly fd: number;
  readonly address: SocketAddress | undefined;
  readonly #file: string | undefined;
  #closed = false;

  constructor(name: string, where: string, modes: SocketModes = DEFAULT_MODES) {
    const endpoint = parseEndpoint(where);
    this.name = name;
    const file = 'path' in endpoint && !endpoint.path.startsWith('@') ? endpoint.path : undefined;
    if (file !== undefined) mkdirSync(dirname(file), { recursive: true, mode: modes.directory });
    this.fd = bind(endpoint);
    if (this.fd < 0) throw syscallError(`cannot listen on '${where}'`, this.fd, 'bind', where);
    this.address = addressOf(
      inspect(
        this.fd,
        identify(this.fd, () => where),
      ),
    );
    this.#file = file;
    if (file !== undefined) chmodSync(file, modes.socket);
  }

  /** Closes once: afterwards the number and the path may be reused. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    native().close(this.fd);
    if (this.#file !== undefined) rmSync(this.#file, { force: true });
  }
}

function bind(endpoint: Endpoint): number {
  const { datagram } = endpoint;
  if ('host' in endpoint) return native().bindInet(endpoint.host, endpoint.port, datagram ? 1 : 0, BACKLOG);
  const path = endpoint.path.startsWith('@') ? `\0${endpoint.path.slice(1)}` : endpoint.path;
  const bindPath = (): number => (datagram ? native().bindDatagram(path) : native().bindStream(path, BACKLOG));
  const fd = bindPath();
  if (fd >= 0 || !isLeftOver(path)) return fd;
  rmSync(path, { force: true });
  return bindPath();
}

/** A socket file that no process uses, for example after a manager was killed. systemd also replaces it. */
function isLeftOver(path: string): boolean {
  if (!path.startsWith('/') || !lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return false;
  const client = native().open();
  const result = native().connect(client, path);
  native().close(client);
  return result === -constants.errno.ECONNREFUSED;
}

const LONG_MS = 60_000;

/** Resolves to the name of a socket with a waiting connection or message; undefined when the signal aborts. */
export async function whenAsked(listeners: readonly Listener[], signal: AbortSignal): Promise<string | undefined> {
  const found = new AbortController();
  const either = AbortSignal.any([signal, found.signal]);
  const waits = listeners.map(async ({ fd, name }) => {
    while (!either.aborted) {
      if ((await whenReady(fd, POLLIN, LONG_MS, either)) > 0) return name;
    }
    return undefined;
  });
  const name = await Promise.race(waits);
  found.abort();
  await Promise.all(waits);
  return name;
}
