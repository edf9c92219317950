// A bound datagram socket. Gives other work a turn of the event loop while it is flooded.
import { readFileSync, rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { whenReady } from '../descriptor-poll.ts';
import { type Datagram, native, POLLIN, syscallError } from '../native.ts';

/** The sender of a message, as reported by the kernel. */
export interface MessageSender {
  readonly pid: number;
  readonly uid: number;
}

/** The descriptors of the message; those that no handler takes are closed. */
export class ReceivedFds {
  #fds: readonly number[];

  constructor(fds: readonly number[]) {
    this.#fds = fds;
  }

  get count(): number {
    return this.#fds.length;
  }

  /** For inspection; it is not taken. */
  get first(): number {
    return this.#fds[0] ?? -1;
  }

  /** The process of the first descriptor, a pidfd. */
  process(): number | undefined {
    try {
      const pid = /^Pid:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${this.first}`, 'utf8'))?.[1];
      return pid === undefined ? undefined : Number(pid);
    } catch {
      return undefined;
    }
  }

  /** Transfers ownership to the caller. */
  take(): readonly number[] {
    const fds = this.#fds;
    this.#fds = [];
    return fds;
  }

  close(): void {
    for (const fd of this.take()) native().close(fd);
  }
}

export type OnDatagram = (bytes: Uint8Array, datagram: Datagram, fds: ReceivedFds) => void;

const LONG_MS = 60_000;
const TURN_MS = 8;

export class DatagramReceiver {
  readonly path: string;
  readonly #fd: number;
  #waiting = new AbortController();
  #closed = false;
  readonly #onDatagram: OnDatagram;
  readonly #buffer: Uint8Array;

  /** Binds a socket at `path`; a datagram above `size` bytes is cut and marked as `truncated`. */
  constructor(path: string, size: number, onDatagram: OnDatagram) {
    this.path = path;
    this.#onDatagram = onDatagram;
    // Not initialized, so that a large buffer only uses memory for its used part.
    this.#buffer = Buffer.allocUnsafeSlow(size);
    this.#fd = native().bindDatagram(path);
    if (this.#fd < 0) throw syscallError(`cannot receive at '${path}'`, this.#fd, 'bind', path);
    void this.#serve();
  }

  /** Reads the waiting messages for at most `milliseconds`. Returns whether all were read. */
  read(milliseconds: number = Number.POSITIVE_INFINITY): boolean {
    const end = performance.now() + milliseconds;
    while (!this.#closed) {
      const datagram = native().receive(this.#fd, this.#buffer);
      if (typeof datagram === 'number') return true;
      const fds = new ReceivedFds(datagram.fds);
      try {
        this.#onDatagram(this.#buffer.subarray(0, datagram.size), datagram, fds);
      } finally {
        fds.close();
      }
      if (performance.now() > end) return false;
    }
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting.abort();
    native().close(this.#fd);
    rmSync(this.path, { force: true });
  }

  async #serve(): Promise<void> {
    while (!this.#closed) {
      // A new controller per wait, because a signal keeps references to all its listeners.
      this.#waiting = new AbortController();
      await whenReady(this.#fd, POLLIN, LONG_MS, this.#waiting.signal);
      if (!this.read(TURN_MS)) await setImmediate();
    }
  }
}
