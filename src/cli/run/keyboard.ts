// Single keys of a terminal.
import { readFileSync } from 'node:fs';

export class Keyboard {
  readonly #onData: (bytes: Buffer) => void;
  readonly #active: boolean = process.stdin.isTTY && process.stdout.isTTY && inForeground();

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

/** Behind `&` the shell has the keys, and the kernel stops whoever sets the terminal up or reads from it. proc_pid_stat(5) */
function inForeground(): boolean {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === foreground;
}
