// An entry on its way to the socket: sent at once, after a wait, or in a memory file.
import { native } from '../native.ts';
import type { Account, Caller } from './account.ts';
import type { Payload } from './entry.ts';

export class PendingEntry {
  readonly account: Account;
  readonly caller: Caller | undefined;
  /** The sealed memory file that contains the entry; -1 until the entry needs one. */
  memfd = -1;
  #entry: Payload;
  /** How many lost entries it reports. */
  #dropped = 0;

  constructor(entry: Payload, account: Account, caller: Caller | undefined) {
    this.#entry = entry;
    this.account = account;
    this.caller = caller;
  }

  /** The size in bytes. Only valid for a waiting entry, which has been converted to bytes. */
  get size(): number {
    return this.#entry.length;
  }

  /** Whether it is still unchanged bytes: no memfd, and no report of lost entries. */
  get isPlain(): boolean {
    return this.memfd < 0 && this.#dropped === 0;
  }

  /** The bytes to send: the entry, plus the number of lost entries if it reports any. */
  get payload(): Payload {
    if (this.#dropped === 0) return this.#entry;
    const field = `READYD_DROPPED=${this.#dropped}\n`;
    return typeof this.#entry === 'string' ? this.#entry + field : Buffer.concat([this.#entry, Buffer.from(field)]);
  }

  /** Makes it report the lost entries of its account that no entry has reported yet. */
  tellDropped(): void {
    const { unreported } = this.account;
    if (unreported === 0) return;
    this.account.unreported = 0;
    this.#dropped += unreported;
    this.#closeMemfd();
  }

  /** Copies the bytes: a string joined from pieces takes five times the memory, and the caller's array may change. */
  keep(): void {
    if (typeof this.#entry === 'string') this.#entry = Buffer.from(this.#entry);
  }

  /** The entry will not be sent: another entry reports the losses instead. */
  release(): void {
    this.account.unreported += this.#dropped;
    this.#dropped = 0;
    this.#closeMemfd();
  }

  #closeMemfd(): void {
    if (this.memfd >= 0) native().close(this.memfd);
    this.memfd = -1;
  }
}
