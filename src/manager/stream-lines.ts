// Splits the output of a service into entries, like journald: systemd-journald.service(8), sd-daemon(3). Pure.
import { trimEnd } from '../trim-end.ts';

/** One printed entry. */
export interface Line {
  /** The number in the prefix `<N>`; 6 without one. */
  readonly priority: number;
  readonly text: string;
}

/** LineMax= in journald.conf(5) */
const LINE_MAX = 48 * 1024;
const INFO = 6;
const NEWLINE = 0x0a;

export class StreamLines {
  readonly #onLine: (line: Line) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onLine: (line: Line) => void) {
    this.#onLine = onLine;
  }

  write(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (let end = lineEnd(bytes); end !== undefined; end = lineEnd(bytes)) {
      this.#emit(bytes.subarray(0, end.at));
      bytes = bytes.subarray(end.next);
    }
    this.#rest = Buffer.from(bytes);
  }

  /** Emits the last line, if it has no line break. */
  end(): void {
    this.#emit(this.#rest);
    this.#rest = Buffer.alloc(0);
  }

  #emit(bytes: Buffer): void {
    const line = parseLine(bytes.toString());
    if (line !== undefined) this.#onLine(line);
  }
}

/** A NUL also ends a line, and so does the maximum length. */
function lineEnd(bytes: Buffer): { at: number; next: number } | undefined {
  const window = bytes.subarray(0, LINE_MAX);
  const newline = window.indexOf(NEWLINE);
  const nul = (newline < 0 ? window : window.subarray(0, newline)).indexOf(0);
  const at = nul < 0 ? newline : nul;
  if (at >= 0) return { at, next: at + 1 };
  return bytes.length >= LINE_MAX ? { at: LINE_MAX, next: LINE_MAX } : undefined;
}

/** Parses `<N>` with N in 0…7, of one to three digits, at the start; an empty line is not an entry. */
export function parseLine(raw: string): Line | undefined {
  const prefix = /^<(0{0,2}[0-7])>/.exec(raw);
  const rest = prefix === null ? raw : raw.slice(prefix[0].length);
  const trimmed = trimEnd(rest, ' \t\r\n');
  // A line that contains only whitespace stays unchanged.
  const text = trimmed === '' && prefix === null ? rest : trimmed;
  return text === '' ? undefined : { priority: prefix === null ? INFO : Number(prefix[1]), text };
}
