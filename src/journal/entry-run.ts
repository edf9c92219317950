// Waiting short entries, stored back to back in one buffer: an object per entry would cost as much as writing the
// entry. The addon sends them from there in one call.

import type { Account } from './account.ts';
import type { Payload } from './entry.ts';
import { PendingEntry } from './pending-entry.ts';

/** Each entry starts at a multiple of this. */
const ALIGNMENT = 4;
/** A longer entry waits as a separate object. */
const ENTRY_MAX = 4096;
const SMALL_BYTES = 8 * 1024;
const LARGE_BYTES = 256 * 1024;
/** Assumed minimum size of an entry, which gives the number of sizes to reserve. */
const BYTES_PER_ENTRY = 64;

export class EntryRun {
  readonly #bytes: Buffer;
  readonly #words: Uint32Array;
  readonly #sizes: Int32Array;
  readonly #accounts: Account[] = [];
  /** The range of the waiting entries. */
  #first = 0;
  #end = 0;
  #from = 0;
  #to = 0;
  #front: PendingEntry | undefined;

  constructor(large: boolean) {
    const memory = new ArrayBuffer(large ? LARGE_BYTES : SMALL_BYTES);
    this.#bytes = Buffer.from(memory);
    this.#words = new Uint32Array(memory);
    this.#sizes = new Int32Array(memory.byteLength / BYTES_PER_ENTRY);
  }

  get length(): number {
    return this.#end - this.#first;
  }

  /** The first entry as an object: the same object until it is shifted. */
  get front(): PendingEntry {
    if (this.#front === undefined) {
      const entry = this.#bytes.subarray(this.#from, this.#from + (this.#sizes[this.#first] ?? 0));
      this.#front = new PendingEntry(entry, this.#accounts[this.#first] as Account, undefined); // it is not empty
    }
    return this.#front;
  }

  /** Appends an entry; returns its size, or 0 if it does not fit. */
  append(payload: Payload, account: Account): number {
    const size = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
    if (!this.#hasRoom(size)) return 0;
    if (typeof payload === 'string') this.#bytes.write(payload, this.#to);
    else this.#bytes.set(payload, this.#to);
    return this.#add(size, account);
  }

  /** The same for the first bytes of a buffer. */
  appendWords(words: Uint32Array, size: number, account: Account): number {
    if (!this.#hasRoom(size)) return 0;
    const start = this.#to / ALIGNMENT;
    const count = Math.ceil(size / ALIGNMENT);
    for (let index = 0; index < count; index += 1) this.#words[start + index] = words[index] as number; // within
    return this.#add(size, account);
  }

  #hasRoom(size: number): boolean {
    return size <= ENTRY_MAX && this.#end < this.#sizes.length && this.#to + aligned(size) <= this.#bytes.length;
  }

  #add(size: number, account: Account): number {
    this.#accounts.push(account);
    this.#sizes[this.#end] = size;
    this.#end += 1;
    this.#to += aligned(size);
    return size;
  }

  /** Removes the first `count` entries, also from their accounts. */
  shift(count: number): void {
    for (let left = count; left > 0; left -= 1) {
      const size = this.#sizes[this.#first] ?? 0;
      this.#accounts[this.#first]?.remove(size);
      this.#from += aligned(size);
      this.#first += 1;
    }
    this.#front = undefined;
  }

  /**
   * The bytes and sizes of up to `max` entries for the addon; `place` is the queue position of the first. Excludes the
   * newest entry of an account: it must report lost entries before it is sent.
   */
  batch(max: number, place: number): { readonly bytes: Uint8Array; readonly sizes: Int32Array } {
    let count = 0;
    const end = this.#front?.isPlain === false ? 0 : Math.min(max, this.length);
    while (count < end && this.#accounts[this.#first + count]?.newest !== place + count) count += 1;
    return {
      bytes: this.#bytes.subarray(this.#from, this.#to),
      sizes: this.#sizes.subarray(this.#first, this.#first + count),
    };
  }
}

function aligned(size: number): number {
  return Math.ceil(size / ALIGNMENT) * ALIGNMENT;
}
