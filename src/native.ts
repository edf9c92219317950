// The whole native contract on one screen, and its lazy loader: the only file that loads the addon.
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SyscallError } from './errors.ts';
import { loadFailure } from './load-failure.ts';
import { ownFolder } from './own-folder.ts';

/**
 * What the addon does. Every function returns a non-negative result or `-errno` and never waits, except where it says so.
 * An address is a path, or an abstract name that starts with a NUL character. A descriptor that a function opens belongs
 * to this thread until `close` or `disown`, and is close-on-exec.
 */
export interface Native {
  /** A datagram socket, unconnected, with a send buffer of up to 8 MiB. */
  open(): number;
  /**
   * Sends one datagram (a string as UTF-8), with up to 253 descriptors, and with credentials for `pid` unless it is 0.
   * Without an address it goes to the receiver that the socket is connected to: half the cost, since no path is looked up.
   */
  send(fd: number, address: string | undefined, payload: string | Uint8Array, fds?: Int32Array, pid?: number): number;
  /**
   * Memory of the addon's own, one for each thread, that `sendOutbox` sends from: nothing is decoded or copied on the way
   * over. Undefined where the runtime has no such buffers.
   */
  readonly outbox: ArrayBuffer | undefined;
  /** Sends the first `size` bytes of `outbox` to the receiver that the socket is connected to. */
  sendOutbox(fd: number, size: number): number;
  /**
   * Sends datagrams, which lie in `bytes` one after another, each from a multiple of four bytes on, and connects the socket
   * to the receiver for that. It happens in a thread of the pool, which waits for room as often as it has to, until all have
   * left, one fails, or the time is over; resolves to how many have left. One batch at a time for each thread of JavaScript, `-EBUSY` otherwise.
   */
  sendBatch(
    fd: number,
    address: string,
    bytes: Uint8Array,
    sizes: Int32Array,
    timeoutMs: number,
  ): Promise<number> | number;
  /** Ends the batch here and now, and returns how many of it have left; 0 where there is none. */
  stopBatch(): number;
  /** Points the socket at a receiver: POLLOUT then tells when that one's queue has room, and `send` needs no address. */
  connect(fd: number, address: string): number;
  /** Bytes of what a socket has sent, and the kernel's own with them, that the receivers have not read yet. */
  unread(fd: number): number;
  /** poll(2) in a thread of the pool: takes pairs of descriptor and events, resolves to the events that are there. */
  poll(pairs: Int32Array, timeoutMs: number): Promise<number[] | number> | number;
  /** poll(2) for one descriptor, here and now: blocks. Returns the events that are there. */
  pollSync(fd: number, events: number, timeoutMs: number): number;
  /** An eventfd: `signal` makes it readable, `drain` makes it quiet again. */
  eventCounter(): number;
  signal(fd: number): number;
  drain(fd: number): number;
  /** The reading and the writing end. */
  pipe(): [number, number] | number;
  duplicate(fd: number): number;
  close(fd: number): number;
  /** Gives a descriptor up to a new owner, who closes it. */
  disown(fd: number): number;
  /**
   * fstat(2) of consecutive descriptors: `st_dev`, `st_ino` and `st_mode` of each, so three numbers in `files`. Returns
   * how many are open before the first that is not; `-errno` where that is the first.
   */
  stat(first: number, files: Float64Array): number;
  closeOnExec(fd: number, on: 0 | 1): number;
  /** O_NONBLOCK, of the open file that all who have it share. */
  nonBlocking(fd: number, on: 0 | 1): number;
  /** pidfd_open(2). */
  openProcess(pid: number): number;
  /** A sealed memory file with these bytes. */
  memfd(name: string, content: string | Uint8Array): number;
  /** The F_SEAL_ bits of a file; `-EINVAL` for one that cannot have any. */
  seals(fd: number): number;
  /** What a socket is; `inode` is its `st_ino`. `-ENOTSOCK` for anything else. */
  describe(fd: number, inode: number): SocketFacts | number;
  /** listen(2), on a socket that may listen already: changes the backlog, keeps what is queued. */
  listen(fd: number, backlog: number): number;
  /** One message to a vsock address, in a thread of the pool; `type` is a SOCK_ constant, or 0 to try each. */
  vsockSend(type: number, cid: number, port: number, payload: string, timeoutMs: number): Promise<number> | number;
  /** The same, here and now: blocks. */
  vsockSendSync(type: number, cid: number, port: number, payload: string, timeoutMs: number): number;
  // For who plays the service manager: bound sockets to hand on, and the receiving side.
  bindDatagram(address: string): number;
  bindStream(address: string, backlog: number): number;
  bindInet(host: string, port: number, datagram: 0 | 1, backlog: number): number;
  /** One datagram into `buffer`. */
  receive(fd: number, buffer: Uint8Array): Datagram | number;
}

export interface SocketFacts {
  readonly domain: number;
  readonly type: number;
  readonly protocol: number;
  readonly listening: boolean;
  /** What listen(2) was given, -1 where the kernel does not say. */
  readonly backlog: number;
  /** An IP address as text, or the bytes of a unix path or abstract name. */
  readonly address: Buffer;
  readonly port: number;
  readonly cid: number;
}

export interface Datagram {
  readonly size: number;
  readonly truncated: boolean;
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly fds: readonly number[];
}

/** poll(2) events. */
export const POLLIN = 0x1;
export const POLLPRI = 0x2;
export const POLLOUT = 0x4;
export const POLLERR = 0x8;
export const POLLHUP = 0x10;

/**
 * The prebuilt files by literal paths, for tools that trace, copy or bundle files: nft, webpack, ncc. They are the last to be
 * tried, since the first URL of a program takes as long as claiming two hundred descriptors. Not arrow functions: nft looks
 * into blocks alone.
 */
const LITERAL: Readonly<Record<string, () => URL>> = {
  'linux-x64'() {
    return new URL('../prebuilds/linux-x64/readyd.node', import.meta.url);
  },
  'linux-arm64'() {
    return new URL('../prebuilds/linux-arm64/readyd.node', import.meta.url);
  },
};

/**
 * The same for esbuild, which copies both files beside the bundle where it has `--loader:.node=copy`, and builds without
 * an error where it does not. Never called: it is read for the names that the copies have. Other bundlers do not follow a
 * condition in `import()`.
 */
const copiedByEsbuild = (): Promise<unknown> =>
  import(
    /* webpackIgnore: true */ /* @vite-ignore */
    process.arch === 'arm64' ? '../prebuilds/linux-arm64/readyd.node' : '../prebuilds/linux-x64/readyd.node',
    { with: { type: 'bytes' } }
  );
const QUOTED_ADDON = /["'`]([^"'`]*\.node)["'`]/g;

/** The files to try, in this order: the user's choice, beside a bundle, a local build, the package's own. */
function* candidates(): Generator<string> {
  const override = process.env.READYD_NATIVE;
  if (override) yield resolve(override);
  const here = ownFolder();
  const target = `${process.platform}-${process.arch}`;
  if (here !== undefined) {
    yield resolve(here, 'readyd.node');
    yield resolve(here, `prebuilds/${target}/readyd.node`);
    yield resolve(here, '../build/Release/readyd.node');
    yield resolve(here, `../prebuilds/${target}/readyd.node`);
  }
  const literal = LITERAL[target];
  if (literal === undefined) return;
  if (here !== undefined) {
    const names = [...String(copiedByEsbuild).matchAll(QUOTED_ADDON)].map(([, name = '']) => name);
    const name = names[process.arch === 'arm64' ? 0 : names.length - 1];
    if (name !== undefined) yield resolve(here, name);
  }
  try {
    yield fileURLToPath(literal());
  } catch {
    // In a bundle that has no import.meta.
  }
}

/** By dlopen: it is what `require` does, without searching for a package, which takes longer than the first message. */
function open(path: string): Native {
  const module: { exports: unknown } = { exports: {} };
  process.dlopen(module, path);
  return module.exports as Native; // the addon's exports are exactly this interface: test/native.test.ts
}

function load(): Native {
  const attempts = new Map<string, unknown>();
  for (const path of candidates()) {
    if (attempts.has(path)) continue;
    try {
      const addon = open(path);
      loadedPath = path;
      return addon;
    } catch (error) {
      attempts.set(path, error);
    }
  }
  throw loadFailure(attempts, ownFolder());
}

let loaded: Native | undefined;
let loadedPath: string | undefined;

/**
 * The addon, loaded by the first call.
 * @throws SystemdError `SD_ERR_NATIVE_UNAVAILABLE`, with every file that was tried, and what to do.
 */
export function native(): Native {
  loaded ??= load();
  return loaded;
}

/** The file that the addon was loaded from: a worker thread in a file of its own may not find it. */
export function addonPath(): string | undefined {
  return loadedPath;
}

let names: Map<number, string> | undefined;

/** The name of a positive errno. */
export function errnoName(errno: number): string {
  return errnoNames().get(errno) ?? `E${errno}`;
}

/** Every errno of the kernel, with its name. */
export function errnoNames(): ReadonlyMap<number, string> {
  names ??= invertErrno();
  return names;
}

function invertErrno(): Map<number, string> {
  // Two names of one number: the first is the one that Node uses, EAGAIN and not EWOULDBLOCK.
  const entries = Object.entries(constants.errno).reverse();
  // Node's table lacks what passing descriptors and vsock can return.
  return new Map([
    [109, 'ETOOMANYREFS'],
    [94, 'ESOCKTNOSUPPORT'],
    ...entries.map(([name, errno]) => [errno, name] as const),
  ]);
}

/** Turns `-errno` into an error whose message starts with `what` failed. */
export function syscallError(what: string, result: number, syscall: string, path?: string): SyscallError {
  return new SyscallError(what, { code: errnoName(-result), errno: result, syscall, path });
}
