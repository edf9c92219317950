// The entries that wait for journald, oldest first.
import type { Account } from './account.ts';
import type { Payload } from './entry.ts';
import { EntryRun } from './entry-run.ts';
import type { PendingEntry } from './pending-entry.ts';

type Item = PendingEntry | EntryRun;

export class Queue {
  #items: (Item | undefined)[] = [];
  #head = 0;
  /** How many entries have ever left, and how many wait. */
  left = 0;
  length = 0;

  /** The value of `left` once all currently waiting entries have left. */
  get end(): number {
    return this.left + this.length;
  }

  get first(): PendingEntry | undefined {
    const item = this.#items[this.#head];
    return item instanceof EntryRun ? item.front : item;
  }

  /** The run that contains the first entry. */
  get run(): EntryRun | undefined {
    const item = this.#items[this.#head];
    return item instanceof EntryRun ? item : undefined;
  }

  push(entry: PendingEntry): void {
    this.#items.push(entry);
    this.#count(entry.account, entry.size);
  }

  /** Adds an entry as bytes; false if it is too long for a run. */
  pushPayload(payload: Payload, account: Account): boolean {
    const size = this.#lastRun?.append(payload, account) || this.#newRun((run) => run.append(payload, account));
    if (size > 0) this.#count(account, size);
    return size > 0;
  }

  /** The same for the first bytes of a buffer. */
  pushWords(words: Uint32Array, size: number, account: Account): boolean {
    const added =
      this.#lastRun?.appendWords(words, size, account) || this.#newRun((run) => run.appendWords(words, size, account));
    if (added > 0) this.#count(account, size);
    return added > 0;
  }

  get #lastRun(): EntryRun | undefined {
    const item = this.length > 0 ? this.#items.at(-1) : undefined;
    return item instanceof EntryRun ? item : undefined;
  }

  #newRun(append: (run: EntryRun) => number): number {
    const run = new EntryRun(this.#lastRun !== undefined);
    const size = append(run);
    if (size > 0) this.#items.push(run);
    return size;
  }

  #count(account: Account, size: number): void {
    account.bytes += size;
    account.entries += 1;
    account.newest = this.end;
    this.length += 1;
  }

  /** Removes the first entry, or the first entries of a run. */
  shift(count = 1): void {
    const item = this.#items[this.#head];
    if (item === undefined) return;
    if (item instanceof EntryRun) item.shift(count);
    else item.account.remove(item.size);
    this.length -= count;
    this.left += count;
    if (!(item instanceof EntryRun) || item.length === 0) this.#advance();
  }

  #advance(): void {
    this.#items[this.#head] = undefined;
    this.#head += 1;
    // Copying only when at least half is empty costs constant time per entry.
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }
}
