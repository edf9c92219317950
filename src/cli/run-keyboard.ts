// Single keys of a terminal.

export class Keyboard {
  readonly #onData: (bytes: Buffer) => void;
  readonly #active: boolean = process.stdin.isTTY && process.stdout.isTTY;

  /** Calls `press` with each key, Ctrl-C as `\u0003`; does nothing where there is no terminal. */
  constructor(press: (key: string) => void) {
    this.#onData = (bytes) => {
      for (const key of bytes.toString()) press(key);
    };
    if (!this.#active) return;
    process.stdin.setRawMode(true);
    process.stdin.on('data', this.#onData);
    // A terminal that was closed: what is written to it says so to who has to know.
    process.stdin.on('error', () => undefined);
  }

  close(): void {
    if (!this.#active) return;
    process.stdin.off('data', this.#onData);
    process.stdin.pause();
    try {
      process.stdin.setRawMode(false);
    } catch {
      // It was closed.
    }
  }
}
