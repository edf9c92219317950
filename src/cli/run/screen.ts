// The output of `readyd run`. If the terminal is closed while the service runs, every write fails: then nothing more is
// written, and the session is notified once.
import type { WriteStream } from 'node:tty';
import type { TerminalOutput } from './view.ts';

export class Screen implements TerminalOutput {
  readonly #stream: WriteStream;
  #gone = false;

  constructor(stream: WriteStream, onGone: () => void) {
    this.#stream = stream;
    stream.on('error', () => {
      if (this.#gone) return;
      this.#gone = true;
      onGone();
    });
  }

  get isTTY(): boolean {
    return this.#stream.isTTY;
  }

  get columns(): number {
    return this.#stream.columns;
  }

  write(text: string): boolean {
    return this.#gone || this.#stream.write(text);
  }
}
