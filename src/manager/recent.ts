// Keeps the latest messages of a service, within limits: an endless flood must not fill the manager's memory.

/** The limits: a number of items, and their total size in bytes. */
export interface Bounds {
  readonly count: number;
  readonly bytes: number;
}

export const KEPT: Bounds = { count: 20_000, bytes: 64 * 1024 * 1024 };

export class Recent<T> {
  readonly #bounds: Bounds;
  #items: T[] = [];
  #sizes: number[] = [];
  #bytes = 0;
  /** How many were added in total. */
  total = 0;

  constructor(bounds: Bounds = KEPT) {
    this.#bounds = bounds;
  }

  get items(): readonly T[] {
    return this.#items;
  }

  push(item: T, bytes: number): void {
    this.total += 1;
    this.#items.push(item);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
    if (this.#items.length > this.#bounds.count || this.#bytes > this.#bounds.bytes) this.#shrink();
  }

  /** Shrinks to three quarters, so that it does not run for each item. Arrays already returned stay unchanged. */
  #shrink(): void {
    let gone = 0;
    const { count, bytes } = this.#bounds;
    while (gone < this.#items.length - 1 && (this.#items.length - gone > count * 0.75 || this.#bytes > bytes * 0.75)) {
      this.#bytes -= this.#sizes[gone] ?? 0;
      gone += 1;
    }
    this.#items = this.#items.slice(gone);
    this.#sizes = this.#sizes.slice(gone);
  }
}
