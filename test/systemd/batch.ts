// The results of many cases that one driver runs in a machine. CI retries a failed test once: then only its case runs
// again.

export class Batch<T> {
  readonly #run: (names: readonly string[]) => Promise<Map<string, T>>;
  readonly #again: (name: string) => Promise<unknown>;
  #found = new Map<string, T>();

  constructor(run: (names: readonly string[]) => Promise<Map<string, T>>, again: (name: string) => Promise<unknown>) {
    this.#run = run;
    this.#again = again;
  }

  async run(names: readonly string[]): Promise<void> {
    for (const [name, one] of await this.#run(names)) this.#found.set(name, one);
  }

  async get(name: string): Promise<T | undefined> {
    const one = this.#found.get(name);
    if (one === undefined) {
      await this.#again(name);
      return (await this.#run([name])).get(name);
    }
    this.#found.delete(name);
    return one;
  }
}
