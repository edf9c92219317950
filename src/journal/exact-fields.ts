// The fields of sendEntry(). All are read and checked before any is written: an iterator or a getter may log, and must
// not find a half-written entry in the outbox.
import { types } from 'node:util';
import { invalidRange, invalidType, isList, quote, SystemdError } from '../errors.ts';
import { EntryWriter, FIELDS_MAX, type Payload } from './entry.ts';
import { isFieldName } from './field-name.ts';
import { KeyCache } from './key-cache.ts';
import { entryBytesMax } from './output.ts';
import { makePrefix, type Prefix } from './prefix.ts';
import type { ShortEntry } from './short-entry.ts';
import { attempt } from './unreadable.ts';
import { byteLength, type Value } from './value-bytes.ts';

const MESSAGE_ID = 'MESSAGE_ID';
/** A UTF-16 unit takes at most three bytes, so most values need no exact count. */
const UNIT_BYTES_MAX = 3;

const INVALID = makePrefix('');
const prefixes = new KeyCache((name) => (isFieldName(name) ? makePrefix(`${name}=`, name) : INVALID));

export class ExactFields {
  /** Longer than `#length` after an entry with more fields: the next entry usually has the same names. */
  readonly #prefixes: Prefix[] = [];
  readonly #values: Value[] = [];
  #length = 0;

  /** @throws TypeError or RangeError for a field that journald would drop. */
  read(fields: unknown): void {
    for (const pair of checkIterable(fields)) this.#add(pair);
    if (this.#length === 0) throw invalidRange('sendEntry(): an entry has at least one field');
  }

  #add(pair: unknown): void {
    if (!isList(pair))
      throw invalidType(`sendEntry(): each field must be a pair of name and value, not ${quote(pair)}`);
    let name: unknown;
    let value: unknown;
    try {
      name = pair[0];
      value = pair[1];
    } catch {
      name = undefined;
    }
    const prefix = this.#prefixOf(name);
    if (this.#length === FIELDS_MAX)
      throw invalidRange(`sendEntry(): ${prefix.key} is one field too many: journald takes ${FIELDS_MAX}`);
    this.#values[this.#length] = checkValue(prefix.key, value);
    this.#length += 1;
  }

  #prefixOf(name: unknown): Prefix {
    const last = this.#prefixes[this.#length];
    if (last !== undefined && last.key === name) return last;
    const prefix = typeof name === 'string' ? prefixes.get(name) : INVALID;
    if (prefix === INVALID)
      throw invalidType(`sendEntry(): ${quote(name)} is no field name: 1–64 of A–Z, 0–9 and _, a letter first`);
    this.#prefixes[this.#length] = prefix;
    return prefix;
  }

  /** Fast path: writes the fields into the outbox. Returns their size; 0 if they are more than short text. */
  writeShort(short: ShortEntry | undefined): number {
    return short === undefined ? 0 : short.writeExact(this.#prefixes, this.#values, this.#length);
  }

  /** @throws SystemdError `SD_ERR_MESSAGE_TOO_LARGE` */
  encode(): Payload {
    this.#checkSize();
    const writer = new EntryWriter(undefined, FIELDS_MAX);
    for (let index = 0; index < this.#length; index += 1) {
      const name = this.#prefixes[index]?.key ?? '';
      const value = this.#values[index] ?? '';
      if (typeof value === 'string') writer.text(name, value);
      else writer.bytes(name, value);
    }
    return writer.finish(Number.POSITIVE_INFINITY);
  }

  #checkSize(): void {
    const max = entryBytesMax();
    if (this.#size(upperBound) <= max) return;
    const size = this.#size(byteLength);
    if (size > max)
      throw new SystemdError('SD_ERR_MESSAGE_TOO_LARGE', `the entry has ${size} bytes, of which journald takes ${max}`);
  }

  #size(sizeOf: (value: Value) => number): number {
    let size = 0;
    for (let index = 0; index < this.#length; index += 1)
      size += (this.#prefixes[index]?.key.length ?? 0) + sizeOf(this.#values[index] ?? '');
    return size;
  }

  /** Keeps no value of the program. */
  clear(): void {
    for (let index = 0; index < this.#length; index += 1) this.#values[index] = '';
    this.#length = 0;
  }
}

function upperBound(value: Value): number {
  return typeof value === 'string' ? value.length * UNIT_BYTES_MAX : byteLength(value);
}

function checkIterable(fields: unknown): Iterable<unknown> {
  if (isList(fields) || (typeof fields === 'object' && fields !== null && isIterable(fields))) return fields;
  throw invalidType(`sendEntry(): the fields must be an iterable of names and values, not ${quote(fields)}`);
}

function isIterable(fields: object): fields is Iterable<unknown> {
  return attempt(() => typeof (fields as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function') === true;
}

function checkValue(name: string, value: unknown): Value {
  if (name === MESSAGE_ID && !isMessageId(value))
    throw invalidType(`sendEntry(): MESSAGE_ID must be 32 hex digits, not ${quote(value)}`);
  if (typeof value === 'string' || types.isUint8Array(value)) return value;
  throw invalidType(`sendEntry(): ${name} must be a string or a Uint8Array, not ${quote(value)}`);
}

/** Accepts text or bytes. systemd.journal-fields(7) */
function isMessageId(value: unknown): boolean {
  const size = types.isUint8Array(value) ? byteLength(value) : 0;
  const text = size === 32 ? Buffer.from(value as Uint8Array).toString('latin1') : value; // by its length it is one
  return typeof text === 'string' && /^[0-9a-f]{32}$/i.test(text);
}
