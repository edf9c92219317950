// The complete native interface, and its lazy loader: the only file that loads the addon.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addonFailure } from './addon-failure.ts';
import { embeddedAddons, withCopy } from './embedded-addon.ts';
import { errnoName } from './errno.ts';
import { SyscallError } from './errors.ts';
import { ownFolder } from './own-folder.ts';

/**
 * The functions of the addon. Every function returns a non-negative result or `-errno`, and does not wait unless
 * documented. An address is a path, or an abstract name that starts with a NUL character. A descriptor that a function
 * opens belongs to this thread until `close` or `disown`, and is close-on-exec.
 */
export interface Native {
  /** A datagram socket, unconnected, with a send buffer of up to 8 MiB. */
  open(): number;
  /**
   * Sends one datagram (a string as UTF-8), with up to 253 descriptors, and with credentials for `pid` unless it is 0.
   * Without an address it is sent to the connected receiver: half the cost, because no path is looked up.
   */
  send(fd: number, address: string | undefined, payload: string | Uint8Array, fds?: Int32Array, pid?: number): number;
  /**
   * Memory of the addon, one per thread, from which `sendOutbox` sends: without decoding or copying. Undefined if the
   * runtime does not support such buffers.
   */
  readonly outbox: ArrayBuffer | undefined;
  /** Sends the first `size` bytes of `outbox` to the connected receiver. */
  sendOutbox(fd: number, size: number): number;
  /**
   * Sends datagrams that are stored back to back in `bytes`, each from a multiple of four bytes on. Connects the socket
   * to the receiver. Runs in a pool thread, which waits for room as often as necessary, until all were sent, one fails,
   * or the time is over. Resolves to how many were sent. Only one batch at a time per JavaScript thread, or `-EBUSY`.
   */
  sendBatch(
    fd: number,
    address: string,
    bytes: Uint8Array,
    sizes: Int32Array,
    timeoutMs: number,
  ): Promise<number> | number;
  /** Ends the batch immediately, and returns how many datagrams were sent; 0 without a batch. */
  stopBatch(): number;
  /** Connects the socket: POLLOUT then reports room in the receiver's queue, and `send` needs no address. */
  connect(fd: number, address: string): number;
  /** How many sent bytes the receivers have not read yet, including the kernel's overhead. */
  unread(fd: number): number;
  /** poll(2) in a pool thread: takes pairs of descriptor and events, resolves to the events that occurred. */
  poll(pairs: Int32Array, timeoutMs: number): Promise<number[] | number> | number;
  /** poll(2) for one descriptor: blocks. Returns the events that occurred. */
  pollSync(fd: number, events: number, timeoutMs: number): number;
  /** An eventfd: `signal` makes it readable, `drain` resets it. */
  eventCounter(): number;
  signal(fd: number): number;
  drain(fd: number): number;
  /** The reading and the writing end. */
  pipe(): [number, number] | number;
  duplicate(fd: number): number;
  close(fd: number): number;
  /** Gives up a descriptor: its new owner closes it. */
  disown(fd: number): number;
  /**
   * fstat(2) of consecutive descriptors: writes `st_dev`, `st_ino` and `st_mode` of each into `files`, three numbers
   * each. Returns how many are open before the first closed one; `-errno` if the first is closed.
   */
  stat(first: number, files: Float64Array): number;
  closeOnExec(fd: number, on: 0 | 1): number;
  /** Sets O_NONBLOCK on the open file, which all its owners share. */
  nonBlocking(fd: number, on: 0 | 1): number;
  /** pidfd_open(2). */
  openProcess(pid: number): number;
  /** A sealed memory file with these bytes. */
  memfd(name: string, content: string | Uint8Array): number;
  /** The F_SEAL_ bits of a file; `-EINVAL` if it does not support seals. */
  seals(fd: number): number;
  /** The facts of a socket; `inode` is its `st_ino`. `-ENOTSOCK` for other files. */
  describe(fd: number, inode: number): SocketFacts | number;
  /** listen(2) on a socket that may already listen: changes the backlog, keeps the queue. */
  listen(fd: number, backlog: number): number;
  /** Sends one message to a vsock address, in a pool thread; `type` is a SOCK_ constant, or 0 to try each. */
  vsockSend(type: number, cid: number, port: number, payload: string, timeoutMs: number): Promise<number> | number;
  /** The same, but blocks. */
  vsockSendSync(type: number, cid: number, port: number, payload: string, timeoutMs: number): number;
  // For a service manager: bound sockets to pass on, and the receiving side.
  bindDatagram(address: string): number;
  bindStream(address: string, backlog: number): number;
  bindInet(host: string, port: number, datagram: 0 | 1, backlog: number): number;
  /** Receives one datagram into `buffer`. */
  receive(fd: number, buffer: Uint8Array): Datagram | number;
}

export interface SocketFacts {
  readonly domain: number;
  readonly type: number;
  readonly protocol: number;
  readonly listening: boolean;
  /** The argument of listen(2); -1 if the kernel does not show it. */
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
 * The prebuilt files by literal paths, for tools that trace, copy or bundle files: nft, webpack, ncc. They are tried
 * last, because the first URL of a program takes as long as claiming two hundred descriptors. Not arrow functions: nft
 * only looks into blocks.
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
 * The same for esbuild: with `--loader:.node=copy` it copies both files beside the bundle, and without it, it still
 * builds without an error. Never called: the code is only read for the names of the copies. Other bundlers do not
 * follow a condition in `import()`.
 */
const copiedByEsbuild = (): Promise<unknown> =>
  import(
    /* webpackIgnore: true */ /* @vite-ignore */
    process.arch === 'arm64' ? '../prebuilds/linux-arm64/readyd.node' : '../prebuilds/linux-x64/readyd.node',
    { with: { type: 'bytes' } }
  );
const QUOTED_ADDON = /["'`]([^"'`]*\.node)["'`]/g;

/** Its name beside a bundle, and as an asset of an executable. */
const FILE = 'readyd.node';

/** The files to try, in order: the user's choice, beside a bundle, a local build, the package's own. */
function* candidates(): Generator<string> {
  const override = process.env.READYD_NATIVE;
  if (override) yield resolve(override);
  const here = ownFolder();
  const target = `${process.platform}-${process.arch}`;
  if (here !== undefined) {
    yield resolve(here, FILE);
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
    // A bundle without import.meta.
  }
}

/** Uses dlopen, like `require`, but without the search for a package, which takes longer than the first message. */
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
  // Without loadedPath: the copy is gone at once.
  for (const { title, bytes } of embeddedAddons(FILE, [...attempts.keys()])) {
    try {
      return withCopy(FILE, bytes, open);
    } catch (error) {
      attempts.set(title, error);
    }
  }
  throw addonFailure(attempts, ownFolder());
}

let loaded: Native | undefined;
let loadedPath: string | undefined;

/**
 * The addon, loaded by the first call.
 * @throws SystemdError `SD_ERR_NATIVE_UNAVAILABLE`; the message lists every file that was tried, and the remedy.
 */
export function native(): Native {
  loaded ??= load();
  return loaded;
}

/** The file from which the addon was loaded: a worker thread with a separate script may not find it. */
export function addonPath(): string | undefined {
  return loadedPath;
}

/** Converts `-errno` to an error whose message starts with `what`. */
export function syscallError(what: string, result: number, syscall: string, path?: string): SyscallError {
  return new SyscallError(what, { code: errnoName(-result), errno: result, syscall, path });
}
