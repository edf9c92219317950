// One entry in journald's native protocol (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/). Pure: the transport sends it.
//
// A field is `NAME=value\n`, or, if the value could be read as more than one field, `NAME\n`, its length as a 64-bit
// little-endian number, the value, `\n`. An entry of short single-line text stays one JavaScript string; the addon
// converts it to UTF-8, at half the cost of a Buffer. Any other entry becomes bytes here.
import { Budget } from './budget.ts';
import { type FieldWriter, NOTE, OVER_BUDGET } from './field-writer.ts';
import { makePrefix, type Prefix } from './prefix.ts';
import { byteLength, firstOf, fitSizes, toBytes, type Value, writeValue } from './value-bytes.ts';

/** An entry in the form that the transport accepts. */
export type Payload = string | Uint8Array;

/** journald drops an entry with more fields than this. */
export const FIELDS_MAX = 1024;
/** Reserved for fields that the logger may add last: two notes, the folded fields, and the count of dropped entries. */
const OWN_FIELDS = 4;
/** Reserved for a note, if values are cut to make an entry fit. */
const NOTE_BYTES = 256;
/** A longer value is stored separately, to be cut if the entry is too large. It is written as binary. */
const INLINE_LENGTH_MAX = 16_384;
const LENGTH_BYTES = 8;
/** Limit for all separately stored values, at least twice the maximum of an entry. Further values are ignored. */
const ROOM = 64 * 1024 * 1024;

export class EntryWriter implements FieldWriter {
  /** The text after the last framed value, or all text. */
  #text: string;
  /** Alternates: text that ends in `NAME\n`, then the value. */
  readonly #framed: Value[];
  #count: number;
  #folded: [name: string, value: unknown][] | undefined;
  readonly #limit: number;
  #room = ROOM;
  #budget: Budget | undefined;
  #prefix: Prefix | undefined;

  /** `start`: an entry whose fields come first; `limit`: the number of fields after which the rest is folded. */
  constructor(start?: EntryWriter, limit: number = FIELDS_MAX - OWN_FIELDS) {
    this.#text = start === undefined ? '' : start.#text;
    this.#framed = start === undefined || start.#framed.length === 0 ? [] : start.#framed.slice();
    this.#count = start === undefined ? 0 : start.#count;
    this.#folded = start === undefined ? undefined : start.#folded?.slice();
    this.#limit = limit;
  }

  get budget(): Budget {
    this.#budget ??= new Budget();
    return this.#budget;
  }

  text(name: string, value: string): void {
    this.#count += 1;
    if (this.#count > this.#limit) this.#fold(name, value);
    else if (value.length > INLINE_LENGTH_MAX || value.includes('\n')) this.#frame(name, value);
    else this.#text += `${name}=${value}\n`;
  }

  bytes(name: string, value: Uint8Array): void {
    this.#count += 1;
    if (this.#count > this.#limit) this.#fold(name, { base64: this.#base64(value) });
    else this.#frame(name, value);
  }

  #base64(value: Uint8Array): string {
    return Buffer.from(firstOf(value, this.budget.bytes(byteLength(value)))).toString('base64');
  }

  #frame(name: string, value: Value): void {
    const size = typeof value === 'string' ? value.length : byteLength(value);
    const taken = Math.min(size, this.#room);
    this.#room -= taken;
    if (taken < size) this.budget.exhaust();
    this.#framed.push(`${this.#text}${name}\n`, taken < size ? firstOf(value, taken) : value);
    this.#text = '\n';
  }

  #fold(name: string, value: unknown): void {
    this.#count -= 1;
    this.#folded ??= [];
    this.#folded.push([name, typeof value === 'string' ? this.budget.text(value) : value]);
  }

  /** The current content, as the start of a short entry; undefined if it is more than text. */
  get prefix(): Prefix | undefined {
    return this.#prefix ?? this.#makePrefix();
  }

  #makePrefix(): Prefix | undefined {
    if (this.#framed.length === 0 && this.#folded === undefined) this.#prefix = makePrefix(`${this.#text}MESSAGE=`);
    return this.#prefix;
  }

  /** Encodes the current content once, for all entries that start with it. */
  freeze(): this {
    for (let index = 1; index < this.#framed.length; index += 2) {
      const value = this.#framed[index] ?? '';
      this.#framed[index] = toBytes(value);
    }
    if (this.#budget?.needsNote === true) this.text(NOTE, OVER_BUDGET);
    return this;
  }

  /** The entry, in at most `maxBytes` bytes: the longest values are cut to fit, and a note reports it. */
  finish(maxBytes: number): Payload {
    if (this.#folded !== undefined) this.#writeFolded(this.#folded);
    else if (this.#budget?.needsNote === true) this.#text += `${NOTE}=${OVER_BUDGET}\n`;
    return this.#framed.length === 0 ? this.#text : this.#assemble(maxBytes);
  }

  #writeFolded(folded: readonly (readonly [string, unknown])[]): void {
    const over = this.#budget?.needsNote === true ? `; ${OVER_BUDGET}` : '';
    this.#text += `${NOTE}=${folded.length} fields above the journal's limit are in READYD_FOLDED${over}\n`;
    this.#frame('READYD_FOLDED', JSON.stringify(folded));
  }

  #assemble(maxBytes: number): Uint8Array {
    const sizes = this.#framed.map(byteLength);
    const excess = this.#total(sizes) - maxBytes;
    if (excess > 0) {
      const cut = fitSizes(this.#framed, sizes, excess + NOTE_BYTES);
      this.#text += `${NOTE}=cut by ${cut} bytes, to the size that the journal takes\n`;
    }
    return this.#write(sizes);
  }

  #total(sizes: readonly number[]): number {
    const lengths = (sizes.length / 2) * LENGTH_BYTES;
    return sizes.reduce((sum, size) => sum + size, lengths + byteLength(this.#text));
  }

  #write(sizes: readonly number[]): Uint8Array {
    const payload = Buffer.allocUnsafe(this.#total(sizes));
    let offset = 0;
    for (let index = 0; index < sizes.length; index += 1) {
      const size = sizes[index] ?? 0;
      // A size is far below 2^48, so the upper two of the eight bytes are zero.
      if (index % 2 === 1) offset = payload.writeUInt16LE(0, payload.writeUIntLE(size, offset, 6));
      offset = writeValue(payload, this.#framed[index] ?? '', offset, size);
    }
    writeValue(payload, this.#text, offset, payload.length - offset);
    return payload;
  }
}
