// Counts the entries of a logger that wait or were lost, and limits the memory of those that wait.
import { journalChannel } from '../channels.ts';

/** Counts the waiting and lost entries of a logger with its children, or of all callers of sendEntry. */
export class Account {
  readonly maxQueued: number;
  readonly overflow: 'drop' | 'block';
  /** Bytes and entries of this account in the queue. */
  bytes = 0;
  entries = 0;
  /** The queue position of its newest entry. */
  newest = -1;
  /** Lost entries: in total, and since the last report. */
  dropped = 0;
  unreported = 0;

  constructor(maxQueued: number, overflow: 'drop' | 'block') {
    this.maxQueued = maxQueued;
    this.overflow = overflow;
  }

  /** The queue may exceed the limit by one entry, so that a single large entry is not lost. */
  get full(): boolean {
    return this.bytes >= this.maxQueued;
  }

  /** An entry of this size has left the queue. */
  remove(size: number): void {
    this.bytes -= size;
    this.entries -= 1;
  }

  drop(): void {
    this.dropped += 1;
    this.unreported += 1;
    if (journalChannel.hasSubscribers) journalChannel.publish({ type: 'dropped', dropped: this.dropped });
  }
}

/** A caller that waits for the outcome of an entry. */
export interface Caller {
  readonly settled: (sent: boolean) => void;
}
