// Entries that wait for journald, oldest first.
import { journalChannel } from '../channels.ts';
import type { Payload } from './entry.ts';

/** Who an entry is accounted to: a logger with its children, or all callers of sendEntry. */
export class Account {
  readonly maxQueued: number;
  readonly overflow: 'drop' | 'block';
  /** Bytes and entries of this account in the queue. */
  bytes = 0;
  entries = 0;
  /** Entries lost, in all and since the last one that told of it. */
  dropped = 0;
  unreported = 0;

  constructor(maxQueued: number, overflow: 'drop' | 'block') {
    this.maxQueued = maxQueued;
    this.overflow = overflow;
  }

  /** What waits may grow beyond the limit by one entry: it is better than to lose that one for being large. */
  get full(): boolean {
    return this.bytes >= this.maxQueued;
  }

  drop(): void {
    this.dropped += 1;
    this.unreported += 1;
    if (journalChannel.hasSubscribers) journalChannel.publish({ type: 'dropped', dropped: this.dropped });
  }

  /** How many entries were lost that no entry has told of; from now on, one does. */
  takeUnreported(): number {
    const { unreported } = this;
    this.unreported = 0;
    return unreported;
  }
}

/** The entry, telling that so many before it were lost. */
export function reporting(payload: Payload, dropped: number): Payload {
  if (dropped === 0) return payload;
  const field = `READYD_DROPPED=${dropped}\n`;
  return typeof payload === 'string' ? payload + field : Buffer.concat([payload, Buffer.from(field)]);
}

export interface Waiting {
  readonly account: Account;
  /** The entry as it was logged. */
  readonly entry: Uint8Array;
  /** How many lost entries it tells of, and the entry that does. */
  dropped: number;
  payload: Payload;
  /** The sealed file that the payload travels in, -1 while it is not known to need one. */
  memfd: number;
  readonly caller: Caller | undefined;
}

/** Somebody who waits for what becomes of an entry. */
export interface Caller {
  readonly settled: (sent: boolean) => void;
}

export class Queue {
  #items: (Waiting | undefined)[] = [];
  #head = 0;
  /** How many have ever left. */
  left = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** How many will have left when those that wait now have. */
  get end(): number {
    return this.left + this.length;
  }

  get first(): Waiting | undefined {
    return this.#items[this.#head];
  }

  push(item: Waiting): void {
    item.account.bytes += item.entry.length;
    item.account.entries += 1;
    this.#items.push(item);
  }

  shift(): void {
    const item = this.first;
    if (item === undefined) return;
    item.account.bytes -= item.entry.length;
    item.account.entries -= 1;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    this.left += 1;
    // Moving the rest once it is the smaller half costs each entry a constant time.
    if (this.#head * 2 > this.#items.length) this.#compact();
  }

  #compact(): void {
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
