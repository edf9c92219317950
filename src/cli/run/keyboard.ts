// Reads single keys from a terminal.
import { readFileSync } from 'node:fs';

export class Keyboard {
  readonly #onData: (bytes: Buffer) => void;
  readonly #active: boolean = process.stdin.isTTY && process.stdout.isTTY && inForeground();

  /** Calls `press` with each key, Ctrl-C as `\u0003`; does nothing without a terminal. */
  constructor(press: (key: string) => void) {
    this.#onData = (bytes) => {
      for (const key of bytes.toString()) press(key);
    };
    if (!this.#active) return;
    process.stdin.setRawMode(true);
    process.stdin.on('data', this.#onData);
    // Ignored: if the terminal was closed, writing to it also fails, and the screen handles that.
    process.stdin.on('error', () => undefined);
  }

  close(): void {
    if (!this.#active) return;
    process.stdin.off('data', this.#onData);
    process.stdin.pause();
    try {
      process.stdin.setRawMode(false);
    } catch {
      // The terminal was closed.
    }
  }
}

/** A background job must not set or read the terminal: the kernel would stop it. proc_pid_stat(5) */
function inForeground(): boolean {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === foreground;
}
