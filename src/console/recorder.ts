// Converts a program's writes to its standard streams into entries, in order.
import { isUtf8 } from 'node:buffer';
import type { Writable } from 'node:stream';
import type { Journal } from '../journal/logger.ts';
import { type ConsoleCall, Entries, type Unfinished } from './entries.ts';

/** The number of a standard stream. */
export type Descriptor = 1 | 2;

/** A larger write is data, not a log: it goes to the stream unchanged, and journald splits it into lines. */
const WRITE_MAX = 1024 * 1024;
/** The same for a call of console. journald takes at most 32 MiB from an unprivileged process. */
const CALL_MAX = 8 * 1024 * 1024;
const NO_BYTES = Buffer.alloc(0);

export class Recorder {
  readonly #log: () => Journal;
  #made: Entries | undefined;
  readonly #unfinished: Readonly<Record<Descriptor, Unfinished>> = {
    1: { text: '', bytes: NO_BYTES },
    2: { text: '', bytes: NO_BYTES },
  };
  /** Set while logging: the log may write to a stream if journald is not available. */
  #busy = false;
  call: ConsoleCall | undefined;
  /** The streams that exist, and the write() that records what they get. */
  readonly hooked: Partial<Record<Descriptor, { readonly stream: Writable; readonly write: unknown }>> = {};

  /** Calls `log` at the first entry. */
  constructor(log: () => Journal) {
    this.#log = log;
  }

  get #entries(): Entries {
    this.#made ??= new Entries(this.#log());
    return this.#made;
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
      this.#entries.take(this.#unfinished[fd], text, call);
    } finally {
      this.#busy = false;
    }
    return true;
  }

  /** The same for the text of a call of console that does not pass through a stream; it has no newline at its end. */
  takeCall(fd: Descriptor, text: string, call: ConsoleCall): boolean {
    if (this.#busy || text.length > CALL_MAX) return false;
    this.#busy = true;
    try {
      this.#entries.takeCall(this.#unfinished[fd], text, call);
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
      this.#entries.write(text);
    } finally {
      this.#busy = false;
    }
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
