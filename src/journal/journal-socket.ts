// The socket to journald, and the outcomes of one attempt to send an entry.
import { constants } from 'node:os';
import { isForNow } from '../addon-failure.ts';
import { native } from '../native.ts';
import type { Payload } from './entry.ts';
import type { PendingEntry } from './pending-entry.ts';

export type Outcome =
  | 'sent'
  /** Its queue is full: wait for room. */
  | 'full'
  /** It is not listening, or the system lacks a resource: try again later. */
  | 'unreachable'
  /** This entry can never be sent. */
  | 'refused';

const { EAGAIN, EMSGSIZE, ENOBUFS, ENOENT, EMFILE, ENFILE, ENOMEM, ENOSPC } = constants.errno;
const READ_STEP_MS = 1;
const LOOK_UP_MS = 10;
const EXHAUSTED = new Set([EMFILE, ENFILE, ENOMEM, ENOSPC]);
/** How long a connection is trusted, and for how many entries: timers do not fire while a program computes. */
const TRUST_MS = 10;
const TRUST_ENTRIES = 250;
const MEMFD_NAME = 'journal-data';

export class JournalSocket {
  readonly path: string;
  #fd = -1;
  /** Entries that may still use this connection before it is remade. */
  #trust = 0;
  #trustTimer: NodeJS.Timeout | undefined;
  #words: Uint32Array | undefined;
  /** Whether the last attempt found no socket at the path. */
  absent = false;

  constructor(path: string) {
    this.path = path;
    loadAddon();
  }

  /**
   * Fast path: one call on the connected socket, because looking up the path is half of a send. If journald has closed
   * its socket, the call fails at once, and `send` uses the address. A replaced journald that left its socket open
   * would take entries and never read them, so the trust is short. Tests: transport.test.ts; bench: `journal`.
   */
  offer(payload: Payload): boolean {
    return this.#isTrusted() && native().send(this.#fd, undefined, payload) >= 0;
  }

  /** The addon's outbox, in words. */
  get outboxWords(): Uint32Array {
    this.#words ??= new Uint32Array(native().outbox ?? new ArrayBuffer(0));
    return this.#words;
  }

  /** The same for the first `size` bytes of the addon's outbox. */
  offerOutbox(size: number): boolean {
    return this.#isTrusted() && native().sendOutbox(this.#fd, size) >= 0;
  }

  #isTrusted(): boolean {
    if (this.#trust === 0) return this.#connectAnew();
    this.#trust -= 1;
    return true;
  }

  /** A timer ends the trust, because reading the clock takes as long as writing the entry. */
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

  /** Slow path. On failure `entry.memfd` may be open, and the next attempt uses it. */
  send(entry: PendingEntry): Outcome {
    if (this.#fd < 0 && this.#open() < 0) return 'unreachable';
    if (entry.memfd >= 0) return this.#sendMemfd(entry);
    this.#distrust();
    const result = native().send(this.#fd, this.path, entry.payload);
    this.absent = result === -ENOENT;
    if (result >= 0) return 'sent';
    if (result === -EAGAIN) return 'full';
    // Too large for the send buffer, or for one kernel allocation: use a memfd, like sd_journal_sendv(3).
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
   * The descriptor to poll for room: POLLOUT of a connected datagram socket covers its own buffer and the receiver's
   * queue. Undefined if journald is not listening.
   */
  connect(): number | undefined {
    return this.#fd < 0 || native().connect(this.#fd, this.path) < 0 ? undefined : this.#fd;
  }

  /** Sends entries in a pool thread; see `Native.sendBatch`. */
  sendBatch(bytes: Uint8Array, sizes: Int32Array, timeoutMs: number): Promise<number> | number {
    return this.#fd < 0 ? 0 : native().sendBatch(this.#fd, this.path, bytes, sizes, timeoutMs);
  }

  /** Blocks until journald has read the entries and may have looked up their sender; at most `timeoutMs`. */
  waitUntilRead(timeoutMs: number): void {
    if (this.#fd < 0) return;
    const deadline = performance.now() + timeoutMs;
    do native().pollSync(-1, 0, READ_STEP_MS);
    while (native().unread(this.#fd) > 0 && performance.now() < deadline);
    // On a busy machine journald may be preempted between reading an entry and looking up its sender.
    native().pollSync(-1, 0, LOOK_UP_MS);
  }

  close(): void {
    if (this.#fd >= 0) native().close(this.#fd);
    this.#fd = -1;
    this.#distrust();
    clearTimeout(this.#trustTimer);
    this.#trustTimer = undefined;
  }
}

/** False if no descriptor is left to load the addon with. Creating a logger must not fail then: entries can wait. */
function loadAddon(): boolean {
  try {
    native();
    return true;
  } catch (error) {
    if (isForNow(error)) return false;
    throw error;
  }
}
