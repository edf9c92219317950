// Converts a program's writes to its standard streams into entries, in order.
import { isUtf8 } from 'node:buffer';
import type { Writable } from 'node:stream';
import { writeEntry } from '../adapters/entry.ts';
import { isError } from '../journal/error-facts.ts';
import type { Level } from '../journal/levels.ts';
import type { Journal } from '../journal/logger.ts';
import { readJsonLine } from './json-line.ts';
import { oneEntry, splitLines, withoutReturn } from './lines.ts';
import { levelOfText, readPrefix, withoutEscapes } from './text-level.ts';

/** The current call of console, which provides more than the text. */
export interface ConsoleCall {
  readonly level: Level;
  readonly args: readonly unknown[];
}

/** The number of a standard stream. */
export type Descriptor = 1 | 2;

/** A larger write is data, not a log: it goes to the stream unchanged, and journald splits it into lines. */
const WRITE_MAX = 1024 * 1024;
/** The same for a call of console. journald takes at most 32 MiB from an unprivileged process. */
const CALL_MAX = 8 * 1024 * 1024;
/** A line may be written in parts; a longer part without a newline becomes an entry. */
const REST_MAX = 48 * 1024;
/** Node prints its warnings with console.error(). */
const NODE_WARNING = /^\(node:\d+\) /;
const NO_BYTES = Buffer.alloc(0);

interface Unfinished {
  text: string;
  /** The first bytes of an incomplete character. */
  bytes: Uint8Array;
}

export class Recorder {
  readonly #log: Journal;
  readonly #unfinished: Readonly<Record<Descriptor, Unfinished>> = {
    1: { text: '', bytes: NO_BYTES },
    2: { text: '', bytes: NO_BYTES },
  };
  /** Set while logging: the log may write to a stream if journald is not available. */
  #busy = false;
  call: ConsoleCall | undefined;
  /** The streams that exist, and the write() that records what they get. */
  readonly hooked: Partial<Record<Descriptor, { readonly stream: Writable; readonly write: unknown }>> = {};

  constructor(log: Journal) {
    this.#log = log;
  }

  /** Whether it has recorded the text. If not, the caller must write it unchanged. */
  takeText(fd: Descriptor, text: string): boolean {
    if (this.#busy) return false;
    const { call } = this;
    if (text.length > (call === undefined ? WRITE_MAX : CALL_MAX)) {
      this.flush();
      return false;
    }
    this.#busy = true;
    try {
      this.#take(fd, text, call);
    } finally {
      this.#busy = false;
    }
    return true;
  }

  /** The same for the text of a call of console that does not pass through a stream; it has no newline at its end. */
  takeCall(fd: Descriptor, text: string, call: ConsoleCall): boolean {
    const unfinished = this.#unfinished[fd];
    if (this.#busy || text.length > CALL_MAX) return false;
    this.#busy = true;
    try {
      const whole = unfinished.text === '' ? text : unfinished.text + text;
      unfinished.text = '';
      this.#writeCall(withoutReturn(whole), call);
    } finally {
      this.#busy = false;
    }
    return true;
  }

  /** The same for bytes, which may not be text. */
  takeBytes(fd: Descriptor, chunk: Uint8Array): boolean {
    if (this.#busy) return false;
    const unfinished = this.#unfinished[fd];
    const all = unfinished.bytes.length === 0 ? chunk : Buffer.concat([unfinished.bytes, chunk]);
    const end = all.length > WRITE_MAX ? -1 : endOfText(all);
    if (end < 0) {
      this.flush();
      return false;
    }
    unfinished.bytes = end < all.length ? Uint8Array.from(all.subarray(end)) : NO_BYTES;
    return this.takeText(fd, Buffer.from(all.buffer, all.byteOffset, end).toString());
  }

  /** Writes incomplete lines at the end of the program. */
  flush(): void {
    for (const fd of [1, 2] as const) this.flushOne(fd);
  }

  flushOne(fd: Descriptor): void {
    const unfinished = this.#unfinished[fd];
    if (this.#busy) return;
    const text = unfinished.text + Buffer.from(unfinished.bytes).toString();
    unfinished.text = '';
    unfinished.bytes = NO_BYTES;
    if (text === '') return;
    this.#busy = true;
    try {
      this.#write(text);
    } finally {
      this.#busy = false;
    }
  }

  #take(fd: Descriptor, text: string, call: ConsoleCall | undefined): void {
    const unfinished = this.#unfinished[fd];
    const whole = unfinished.text === '' ? text : unfinished.text + text;
    if (call !== undefined && text.endsWith('\n')) {
      unfinished.text = '';
      this.#writeCall(oneEntry(whole), call);
      return;
    }
    const { entries, rest } = splitLines(whole);
    unfinished.text = rest.length > REST_MAX ? '' : rest;
    for (const entry of entries) this.#write(entry);
    if (rest.length > REST_MAX) this.#write(rest);
  }

  #writeCall(raw: string, { level, args }: ConsoleCall): void {
    const text = withoutEscapes(raw);
    if (text.trim() === '') return;
    const error = args.find((value) => typeof value === 'object' && value !== null && isError(value));
    // An error adds its fields. A logger that prints with console.log puts its level into the text.
    if (error !== undefined) this.#log.log(level, text, { error });
    else if (level === 'info') this.#writeText(text, level);
    else this.#log.log(level === 'error' && NODE_WARNING.test(text) ? 'warning' : level, text);
  }

  #write(raw: string): void {
    const text = withoutEscapes(raw);
    if (text.trim() !== '') this.#writeText(text, 'info');
  }

  #writeText(text: string, level: Level): void {
    // Nearly no text is JSON, and readyd/auto compiles that module at its first call.
    const entry = text.startsWith('{') ? readJsonLine(text) : undefined;
    if (entry !== undefined) {
      writeEntry(
        this.#log,
        () => entry,
        () => text,
      );
      return;
    }
    const prefix = readPrefix(text);
    if (prefix !== undefined) this.#log.log(prefix.level, prefix.text);
    else this.#log.log(levelOfText(text) ?? level, text);
  }
}

/** The end of the last complete character; -1 if the bytes are not text. */
function endOfText(bytes: Uint8Array): number {
  if (isUtf8(bytes)) return bytes.length;
  // Up to three bytes of an incomplete character may follow.
  for (let end = bytes.length - 1; end >= Math.max(0, bytes.length - 3); end -= 1) {
    const byte = bytes[end] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return end + wanted > bytes.length && isUtf8(bytes.subarray(0, end)) ? end : -1;
  }
  return -1;
}
