// The socket to journald: what one attempt to hand an entry over comes to.
import { constants } from 'node:os';
import { type Native, native } from '../native.ts';
import type { Payload } from './entry.ts';

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

export interface Attempt {
  payload: Payload;
  memfd: number;
}

export class JournalSocket {
  readonly path: string;
  readonly #native: Native;
  #fd = -1;
  /** How many more entries go to whom the socket is connected to, without asking whether the path still leads there. */
  #trust = 0;
  #trustTimer: NodeJS.Timeout | undefined;
  /** Whether the last attempt found that there is no socket at all. */
  absent = false;

  constructor(path: string) {
    this.path = path;
    this.#native = native();
  }

  /**
   * The fast path: one call, to whom the socket is connected, since half of a send is looking up the path. A journald that
   * closed its socket refuses at once, and `send` then goes by address; one that was replaced and left its own open would
   * take entries that nobody reads, hence the short trust.
   */
  offer(payload: Payload): boolean {
    return this.#isTrusted() && this.#native.send(this.#fd, undefined, payload) >= 0;
  }

  /** The same for the first bytes of the addon's outbox. */
  offerOutbox(size: number): boolean {
    return this.#isTrusted() && this.#native.sendOutbox(this.#fd, size) >= 0;
  }

  #isTrusted(): boolean {
    if (this.#trust === 0) return this.#connectAnew();
    this.#trust -= 1;
    return true;
  }

  /** The end of the trust is a timer, and not looked up: reading the clock takes as long as writing the entry. */
  #connectAnew(): boolean {
    if (this.#fd < 0 || this.#native.connect(this.#fd, this.path) < 0) return false;
    this.#trust = TRUST_ENTRIES;
    this.#trustTimer ??= setTimeout(() => this.#distrust(), TRUST_MS).unref();
    this.#trustTimer.refresh();
    return true;
  }

  #distrust(): void {
    this.#trust = 0;
  }

  /** Everything `offer` leaves out. Whoever sees it fail with a memfd made keeps that for the next attempt. */
  send(attempt: Attempt): Outcome {
    if (this.#fd < 0 && this.#open() < 0) return 'unreachable';
    if (attempt.memfd >= 0) return this.#sendMemfd(attempt);
    this.#distrust();
    const result = this.#native.send(this.#fd, this.path, attempt.payload);
    this.absent = result === -ENOENT;
    if (result >= 0) return 'sent';
    if (result === -EAGAIN) return 'full';
    // Too large for the send buffer, or for one allocation of the kernel: sd_journal_sendv(3) does the same.
    if (result === -EMSGSIZE || result === -ENOBUFS) return this.#makeMemfd(attempt);
    return 'unreachable';
  }

  #open(): number {
    this.#fd = this.#native.open();
    return this.#fd;
  }

  #makeMemfd(attempt: Attempt): Outcome {
    attempt.memfd = this.#native.memfd(MEMFD_NAME, attempt.payload);
    if (attempt.memfd >= 0) return this.#sendMemfd(attempt);
    return EXHAUSTED.has(-attempt.memfd) ? 'unreachable' : 'refused';
  }

  #sendMemfd(attempt: Attempt): Outcome {
    const result = this.#native.send(this.#fd, this.path, '', Int32Array.of(attempt.memfd));
    this.absent = result === -ENOENT;
    if (result === -EAGAIN) return 'full';
    if (result < 0) return 'unreachable';
    this.#native.close(attempt.memfd);
    attempt.memfd = -1;
    return 'sent';
  }

  /**
   * The descriptor to wait for room with: POLLOUT of a connected datagram socket tells both of its own buffer and of the
   * receiver's queue. Undefined where there is nobody to connect to.
   */
  connect(): number | undefined {
    return this.#native.connect(this.#fd, this.path) < 0 ? undefined : this.#fd;
  }

  get isOpen(): boolean {
    return this.#fd >= 0;
  }

  /** Whether journald has not read yet all that it was sent. */
  isUnread(): boolean {
    return this.#native.unread(this.#fd) > 0;
  }

  close(): void {
    if (this.#fd >= 0) this.#native.close(this.#fd);
    this.#fd = -1;
    this.#distrust();
    clearTimeout(this.#trustTimer);
    this.#trustTimer = undefined;
  }
}
