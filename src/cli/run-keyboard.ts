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
  }

  close(): void {
    if (!this.#active) return;
    process.stdin.off('data', this.#onData);
    process.stdin.setRawMode(false);
    process.stdin.pause();
  }
}
