// An entry on its way to the socket, by whatever way: at once, after a wait, or in a memory file.
import { native } from '../native.ts';
import type { Payload } from './entry.ts';
import type { Account, Caller } from './queue.ts';

export class PendingEntry {
  readonly account: Account;
  readonly caller: Caller | undefined;
  /** The sealed file that the entry travels in, -1 while it is not known to need one. */
  memfd = -1;
  #entry: Payload;
  /** How many lost entries it tells of. */
  #dropped = 0;

  constructor(entry: Payload, account: Account, caller: Caller | undefined) {
    this.#entry = entry;
    this.account = account;
    this.caller = caller;
  }

  /** The entry as it was logged, in bytes; of one that waits, since nothing else does. */
  get size(): number {
    return this.#entry.length;
  }

  /** Nothing has been done for it yet: it is still the bytes alone that it was made of. */
  get isPlain(): boolean {
    return this.memfd < 0 && this.#dropped === 0;
  }

  /** What is sent: the entry, with the number of lost entries where it tells of any. */
  get payload(): Payload {
    if (this.#dropped === 0) return this.#entry;
    const field = `READYD_DROPPED=${this.#dropped}\n`;
    return typeof this.#entry === 'string' ? this.#entry + field : Buffer.concat([this.#entry, Buffer.from(field)]);
  }

  /** From now on it tells of the entries of its account that were lost and that no entry has told of. */
  tellDropped(): void {
    const { unreported } = this.account;
    if (unreported === 0) return;
    this.account.unreported = 0;
    this.#dropped += unreported;
    this.#closeMemfd();
  }

  /** Gets bytes of its own: a string made of pieces takes five times the memory, and the caller's array may change. */
  keep(): void {
    if (typeof this.#entry === 'string') this.#entry = Buffer.from(this.#entry);
  }

  /** It will not be sent: another entry tells what it would have told. */
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
