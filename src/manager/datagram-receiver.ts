// A bound datagram socket, and a turn of the event loop for whoever else has work while it is flooded.
import { readFileSync, rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { type Datagram, native, POLLIN, syscallError } from '../native.ts';
import { whenReady } from '../readiness.ts';

/** Who sent a message, by the kernel's word. */
export interface Sender {
  readonly pid: number;
  readonly uid: number;
}

/** The descriptors of the message; those that no handler takes are closed. */
export class PassedFds {
  #fds: readonly number[];

  constructor(fds: readonly number[]) {
    this.#fds = fds;
  }

  get count(): number {
    return this.#fds.length;
  }

  /** To be looked at; it stays where it is. */
  get first(): number {
    return this.#fds[0] ?? -1;
  }

  /** The process that the first one, a pidfd, stands for. */
  process(): number | undefined {
    try {
      const pid = /^Pid:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${this.first}`, 'utf8'))?.[1];
      return pid === undefined ? undefined : Number(pid);
    } catch {
      return undefined;
    }
  }

  /** They belong to the caller now. */
  take(): readonly number[] {
    const fds = this.#fds;
    this.#fds = [];
    return fds;
  }

  close(): void {
    for (const fd of this.take()) native().close(fd);
  }
}

export type OnDatagram = (bytes: Uint8Array, datagram: Datagram, fds: PassedFds) => void;

const LONG_MS = 60_000;
const TURN_MS = 8;

export class DatagramReceiver {
  readonly path: string;
  readonly #fd: number;
  #waiting = new AbortController();
  #closed = false;
  readonly #onDatagram: OnDatagram;
  readonly #buffer: Uint8Array;

  /** Binds a socket at `path`; a datagram of more than `size` bytes arrives cut and marked as `truncated`. */
  constructor(path: string, size: number, onDatagram: OnDatagram) {
    this.path = path;
    this.#onDatagram = onDatagram;
    // Not touched by anything, so that a large buffer takes memory only as far as it is used.
    this.#buffer = Buffer.allocUnsafeSlow(size);
    this.#fd = native().bindDatagram(path);
    if (this.#fd < 0) throw syscallError(`cannot receive at '${path}'`, this.#fd, 'bind', path);
    void this.#serve();
  }

  /** Reads the waiting messages for at most so long. Returns whether none is left. */
  read(milliseconds: number = Number.POSITIVE_INFINITY): boolean {
    const end = performance.now() + milliseconds;
    while (!this.#closed) {
      const datagram = native().receive(this.#fd, this.#buffer);
      if (typeof datagram === 'number') return true;
      const fds = new PassedFds(datagram.fds);
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
      // One for each wait: a signal holds on to everybody who ever listened to it.
      this.#waiting = new AbortController();
      await whenReady(this.#fd, POLLIN, LONG_MS, this.#waiting.signal);
      if (!this.read(TURN_MS)) await setImmediate();
    }
  }
}
