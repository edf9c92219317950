// What a service said last. A service that never stops talking must not fill the memory of its manager.

/** How much is kept: so many things, of so many bytes together. */
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
  /** How many came since the beginning. */
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

  /** To three quarters, so that it is not done for each. Arrays that were handed out stay as they are. */
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
