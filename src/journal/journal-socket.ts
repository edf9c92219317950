// The socket to journald: what one attempt to hand an entry over comes to.
import { constants } from 'node:os';
import { isForNow } from '../load-failure.ts';
import { native } from '../native.ts';
import type { Payload } from './entry.ts';
import type { PendingEntry } from './pending-entry.ts';

/**
 * Where journald listens, in every namespace: LogNamespace= puts another socket there. The stand-in of `readyd run` and
 * `readyd/testing`, which cannot put its own there without root, says where its socket is instead.
 */
export const JOURNAL_SOCKET: string = process.env.READYD_JOURNAL_SOCKET || '/run/systemd/journal/socket';

export type Outcome =
  | 'sent'
  /** Its queue is full: room can be waited for. */
  | 'full'
  /** It does not listen, or the system is out of something: try again later. */
  | 'unreachable'
  /** This entry can never be sent. */
  | 'refused';

const { EAGAIN, EMSGSIZE, ENOBUFS, ENOENT, EMFILE, ENFILE, ENOMEM, ENOSPC } = constants.errno;
const EXHAUSTED = new Set([EMFILE, ENFILE, ENOMEM, ENOSPC]);
/** How long a connection is trusted; and for how many entries, since no timer ends while a program computes. */
const TRUST_MS = 10;
const TRUST_ENTRIES = 250;
const MEMFD_NAME = 'journal-data';

export class JournalSocket {
  readonly path: string;
  #fd = -1;
  /** Entries that may still use this connection before it is made again. */
  #trust = 0;
  #trustTimer: NodeJS.Timeout | undefined;
  /** Whether the last attempt found that there is no socket at all. */
  absent = false;

  constructor(path: string) {
    this.path = path;
    loadAddon();
  }

  /**
   * Fast path: one call, to the connected receiver, since looking up the path is half of a send. A journald that has closed
   * its socket refuses at once, and `send` then goes by address; one that was replaced and has left its socket open would
   * take entries that are never read, hence the short trust. Tests: transport.test.ts; bench: `journal`.
   */
  offer(payload: Payload): boolean {
    return this.#isTrusted() && native().send(this.#fd, undefined, payload) >= 0;
  }

  /** The same for the first bytes of the addon's outbox. */
  offerOutbox(size: number): boolean {
    return this.#isTrusted() && native().sendOutbox(this.#fd, size) >= 0;
  }

  #isTrusted(): boolean {
    if (this.#trust === 0) return this.#connectAnew();
    this.#trust -= 1;
    return true;
  }

  /** The end of the trust is a timer, and not looked up: reading the clock takes as long as writing the entry. */
  #connectAnew(): boolean {
    if (this.#fd < 0 || native().connect(this.#fd, this.path) < 0) return false;
    this.#trust = TRUST_ENTRIES;
    this.#trustTimer ??= setTimeout(() => this.#distrust(), TRUST_MS).unref();
    this.#trustTimer.refresh();
    return true;
  }

  #distrust(): void {
    this.#trust = 0;
  }

  /** Slow path. On failure the entry may have an open memfd, which its next attempt uses. */
  send(entry: PendingEntry): Outcome {
    if (this.#fd < 0 && this.#open() < 0) return 'unreachable';
    if (entry.memfd >= 0) return this.#sendMemfd(entry);
    this.#distrust();
    const result = native().send(this.#fd, this.path, entry.payload);
    this.absent = result === -ENOENT;
    if (result >= 0) return 'sent';
    if (result === -EAGAIN) return 'full';
    // Too large for the send buffer, or for one allocation of the kernel: sd_journal_sendv(3) does the same.
    if (result === -EMSGSIZE || result === -ENOBUFS) return this.#makeMemfd(entry);
    return 'unreachable';
  }

  #open(): number {
    this.#fd = loadAddon() ? native().open() : -1;
    return this.#fd;
  }

  #makeMemfd(entry: PendingEntry): Outcome {
    entry.memfd = native().memfd(MEMFD_NAME, entry.payload);
    if (entry.memfd >= 0) return this.#sendMemfd(entry);
    return EXHAUSTED.has(-entry.memfd) ? 'unreachable' : 'refused';
  }

  #sendMemfd(entry: PendingEntry): Outcome {
    const result = native().send(this.#fd, this.path, '', Int32Array.of(entry.memfd));
    this.absent = result === -ENOENT;
    if (result === -EAGAIN) return 'full';
    if (result < 0) return 'unreachable';
    native().close(entry.memfd);
    entry.memfd = -1;
    return 'sent';
  }

  /**
   * The descriptor to wait for room with: POLLOUT of a connected datagram socket tells both of its own buffer and of the
   * receiver's queue. Undefined where there is nobody to connect to.
   */
  connect(): number | undefined {
    return this.#fd < 0 || native().connect(this.#fd, this.path) < 0 ? undefined : this.#fd;
  }

  /** Sends entries in a thread of the pool; see `Native.sendBatch`. */
  sendBatch(bytes: Uint8Array, sizes: Int32Array, timeoutMs: number): Promise<number> | number {
    return this.#fd < 0 ? 0 : native().sendBatch(this.#fd, this.path, bytes, sizes, timeoutMs);
  }

  get isOpen(): boolean {
    return this.#fd >= 0;
  }

  /** Whether journald has not read yet all that it was sent. */
  isUnread(): boolean {
    return native().unread(this.#fd) > 0;
  }

  close(): void {
    if (this.#fd >= 0) native().close(this.#fd);
    this.#fd = -1;
    this.#distrust();
    clearTimeout(this.#trustTimer);
    this.#trustTimer = undefined;
  }
}

/** False while no descriptor is left to load it with, which is no reason for a logger to fail: entries can wait. */
function loadAddon(): boolean {
  try {
    native();
    return true;
  } catch (error) {
    if (isForNow(error)) return false;
    throw error;
  }
}
