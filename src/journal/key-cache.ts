// Caches the result for each property key. Most keys repeat with every entry; the size is limited because a program may
// generate keys without end.

const SIZE = 1024;
const KEY_LENGTH_MAX = 256;

export class KeyCache<V> {
  readonly #make: (key: string) => V;
  readonly #values = new Map<string, V>();

  constructor(make: (key: string) => V) {
    this.#make = make;
  }

  get(key: string): V {
    return this.#values.get(key) ?? this.#remember(key);
  }

  #remember(key: string): V {
    const value = this.#make(key);
    if (key.length <= KEY_LENGTH_MAX) {
      if (this.#values.size >= SIZE) this.#values.clear();
      this.#values.set(key, value);
    }
    return value;
  }
}
