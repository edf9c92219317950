// Connects the passed sockets with the servers of the program: server.listen() gets a copy of the matching socket. The
// original stays open here, so a program that only tests its port does not lose it.
import type { Server, Socket } from 'node:net';
import { replace } from '../replace.ts';
import { addressOfServer, tellAddress } from '../sockets/address.ts';
import { backlogOf } from '../sockets/backlog.ts';
import { passedFds } from '../sockets/claim.ts';
import { attachListeners, createExtraListener } from '../sockets/extra-listeners.ts';
import type { SocketAddress } from '../sockets/kind.ts';
import type { PassedFd } from '../sockets/listen-fd.ts';
import { showPortToWorkers } from './cluster-port.ts';
import type { LateJournal } from './late-journal.ts';
import { type ListenCall, type ListenPlace, readConnectCall, readListenCall } from './listen-call.ts';
import { isAt, isLoopback, match } from './match.ts';
import { refuse } from './refused-connect.ts';
import type { SocketAssignment } from './settings.ts';

/** A stream socket that was passed. */
export interface Passed {
  readonly name: string;
  readonly address: SocketAddress | undefined;
  readonly served: boolean;
}

class PassedSocket implements Passed {
  readonly fd: PassedFd;
  server: Server | undefined;

  constructor(fd: PassedFd) {
    this.fd = fd;
  }

  get name(): string {
    return this.fd.name;
  }

  get address(): SocketAddress | undefined {
    return this.fd.address;
  }

  get served(): boolean {
    return this.server !== undefined;
  }
}

/** A server on which the program has called listen(). */
export interface TrackedServer {
  readonly server: Server;
  readonly place: ListenPlace;
  readonly sockets: readonly Passed[];
  listening: boolean;
}

interface Handle {
  close(...args: unknown[]): unknown;
}

type NetMethod = (this: never, ...args: unknown[]) => unknown;

export class Sockets {
  readonly passed: readonly Passed[];
  readonly #all: readonly PassedSocket[];
  readonly #assignments: readonly SocketAssignment[];
  readonly #log: LateJournal;
  readonly #changed: () => void;
  readonly #listeners = new Map<Server, TrackedServer>();

  /** Calls `changed` whenever a server has started, failed or closed. */
  constructor(assignments: readonly SocketAssignment[], log: LateJournal, changed: () => void) {
    this.#assignments = assignments;
    this.#log = log;
    this.#changed = changed;
    this.#all = streams(log).map((fd) => new PassedSocket(fd));
    this.passed = this.#all;
    for (const { name } of assignments) {
      if (this.#all.some((socket) => socket.name === name)) continue;
      log.journal.warning(`READYD_SOCKETS names ${name}, but no socket of that name was passed`);
    }
  }

  /** The servers that listen or are starting. */
  get listeners(): readonly TrackedServer[] {
    return [...this.#listeners.values()];
  }

  get pending(): boolean {
    return this.listeners.some(({ listening }) => !listening);
  }

  hook(): void {
    const { Server: NetServer, Socket: NetSocket } = process.getBuiltinModule('node:net');
    const listen = (server: Server, args: unknown[], original: NetMethod): unknown =>
      this.#listen(server, args, original);
    replace(NetServer.prototype, 'listen', (original: NetMethod) => {
      return function (this: Server, ...args: unknown[]): unknown {
        return listen(this, args, original);
      };
    });
    if (this.#all.length === 0) return;
    const owedAt = (args: readonly unknown[]): PassedSocket | undefined => this.#owedAt(args);
    replace(NetSocket.prototype, 'connect', (original: NetMethod) => {
      return function (this: Socket, ...args: unknown[]): unknown {
        const owed = owedAt(args);
        return owed === undefined ? Reflect.apply(original, this, args) : refuse(this, args, owed.address);
      };
    });
  }

  #listen(server: Server, args: unknown[], original: NetMethod): unknown {
    // Node reports its own error for a server that listens already.
    if (server.listening || this.#listeners.has(server)) return Reflect.apply(original, server, args);
    const call = readListenCall(args);
    const chosen = match(call.place, this.#all, this.#assignments);
    const own = this.#all.filter(({ fd }) => call.place.kind === 'fd' && fd.fd === call.place.fd);
    const usable = chosen.filter(({ fd }) => !fd.taken);
    const forget = this.#track(server, call.place, usable.length > 0 ? usable : own);
    try {
      const lent = this.#lend(server, call, usable, original);
      return Reflect.apply(original, server, lent ?? args);
    } catch (error) {
      // Node does not accept the arguments.
      forget();
      throw error;
    }
  }

  /** The arguments for Node with the sockets; undefined if no socket matches. */
  #lend(
    server: Server,
    call: ListenCall,
    sockets: readonly PassedSocket[],
    original: NetMethod,
  ): unknown[] | undefined {
    const [first, ...others] = sockets;
    if (first === undefined) return undefined;
    try {
      const backlog = backlogOf(first.fd);
      const fd = first.fd.lend();
      tellAddress(server, first.address);
      this.#serveOthers(server, others, original);
      const options = call.signal === undefined ? { fd } : { fd, signal: call.signal };
      return call.callback === undefined ? [options, backlog] : [options, backlog, call.callback];
    } catch (error) {
      this.#log.journal.error(`cannot give the program the socket ${first.name}`, { error: error as Error });
      return undefined;
    }
  }

  #serveOthers(server: Server, sockets: readonly PassedSocket[], original: NetMethod): void {
    if (sockets.length === 0) return;
    const extra = sockets.map(({ fd }) => {
      const listener = createExtraListener(server);
      Reflect.apply(original, listener, [{ fd: fd.lend() }, backlogOf(fd)]);
      return listener;
    });
    attachListeners(server, extra);
  }

  /** Returns a function that undoes this. */
  #track(server: Server, place: ListenPlace, sockets: readonly PassedSocket[]): () => void {
    const listener: TrackedServer = { server, place, sockets, listening: false };
    this.#listeners.set(server, listener);
    for (const socket of sockets) socket.server = server;
    const gone = (): void => {
      if (this.#listeners.get(server) !== listener) return;
      this.#listeners.delete(server);
      // Unused again: the program may have only tested its port.
      for (const socket of sockets) if (socket.server === server) socket.server = undefined;
      server.off('listening', started).off('error', failed).off('close', gone);
      this.#changed();
    };
    const failed = (): void => {
      if (!listener.listening) gone();
    };
    const started = (): void => {
      listener.listening = true;
      if (sockets.length > 0 && place.kind === 'port') showPortToWorkers(server, place.port);
      this.#watchHandle(server, gone);
      this.#changed();
    };
    // Runs first, because another listener may throw.
    server.prependOnceListener('listening', started).prependListener('error', failed).once('close', gone);
    return gone;
  }

  /** A server accepts until its handle is closed: before 'close', and in a cluster primary without 'close'. */
  #watchHandle(server: Server, gone: () => void): void {
    const { _handle: handle } = server as unknown as { readonly _handle?: Handle | null };
    if (!handle) return;
    const { close } = handle;
    handle.close = (...args: unknown[]) => {
      gone();
      return Reflect.apply(close, handle, args);
    };
  }

  /** The passed socket at this address that no server uses: clients of it would wait in systemd's queue. */
  #owedAt(args: readonly unknown[]): PassedSocket | undefined {
    const owed = this.#all.filter((socket) => !socket.served);
    if (owed.length === 0) return undefined;
    const place = readConnectCall(args);
    if (place.kind === 'port' && place.host !== undefined && !isOwnHost(place.host)) {
      return owed.find(
        ({ address }) =>
          address !== undefined && 'port' in address && address.address === place.host && address.port === place.port,
      );
    }
    return owed.find(({ address }) => isAt(address, place));
  }
}

function isOwnHost(host: string): boolean {
  return host === 'localhost' || host === '0.0.0.0' || host === '::' || isLoopback(host);
}

function streams(log: LateJournal): PassedFd[] {
  try {
    return [...passedFds()].filter(({ listening, kind }) => listening && (kind === 'tcp' || kind === 'unix-stream'));
  } catch (error) {
    log.journal.error('cannot take over what systemd passed', { error: error as Error });
    return [];
  }
}

/** The addresses of a listener, as the program sees them. */
export function addressesOf({
  server,
  sockets,
}: TrackedServer): readonly { name?: string; address: SocketAddress | undefined }[] {
  return sockets.length > 0 ? sockets : [{ address: addressOfServer(server) }];
}
