// The entry that most log calls write, a few fields of short text in ASCII, as bytes in memory that the addon sends from.
// Pure, and the same bytes as EntryWriter's, in a quarter of the time: no string is put together, and nothing is made on the way.
import { STEPS_MAX } from './budget.ts';
import { fieldName } from './field-name.ts';
import { KeyCache } from './key-cache.ts';
import { attempt, unreadable } from './unreadable.ts';

/** Text that is written as it is: a name with what goes around it, or the beginning of an entry. */
export interface Label {
  readonly key: string;
  readonly size: number;
  /** Its bytes, and up to three more, as numbers in little-endian order: four at a time are written in one step. */
  readonly words: Uint32Array;
}

export interface ShortEntry {
  /**
   * Writes an entry that begins with `start`, which ends in `MESSAGE=`; `context` and `mixin` come behind the message,
   * before the fields. Returns its size; 0 for one that is anything else than short text in ASCII, which EntryWriter is
   * for.
   */
  write(start: Label, message: unknown, fields: unknown, context?: Label, mixin?: unknown): number;
  /**
   * To be called after each `write`: forgets what that has read. Where `fields` are given, returns them with the values
   * that were read already: a getter that logs, or counts, is called once for an entry.
   */
  takeRead(fields: unknown): unknown;
}

/** The longest label, which is `\nNAME=` with 64 bytes of name, and the bytes that are written behind it. */
const ROOM = 72;
/** journald takes 1024, of which a logger may have bound half. */
const FIELDS_MAX = 500;
/** A longer text is made UTF-8 faster by V8 than by one character after the other. */
const TEXT_MAX = 128;
const LINE_FEED = 10;
/** The beginning of a colour, which EntryWriter's message is without. */
const ESCAPE = 27;
const SPACE = 32;
const ASCII_MAX = 127;
const ZERO = 48;
const isOwn = Object.prototype.hasOwnProperty;
/** No value that anybody can pass. */
const UNREAD = Symbol('unread');

export function makeLabel(text: string, key = ''): Label {
  const size = Buffer.byteLength(text);
  const padded = Buffer.alloc(Math.ceil(size / 4) * 4);
  padded.write(text);
  return { key, size, words: Uint32Array.from({ length: padded.length / 4 }, (_, at) => padded.readUInt32LE(at * 4)) };
}

/** That of a field which is not written here. */
const UNFIT = makeLabel('');

function fieldLabel(key: string): Label {
  const name = fieldName(key);
  // Its value is checked.
  return name === 'MESSAGE_ID' ? UNFIT : makeLabel(`\n${name}=`, key);
}

/** The one for this memory. A function and not a class: V8 then takes what it closes over for constants. */
export function shortEntry(memory: ArrayBuffer): ShortEntry {
  const bytes = new Uint8Array(memory);
  const view = new DataView(memory);
  /** Where a value has to end. */
  const limit = memory.byteLength - ROOM;
  const labels = new KeyCache(fieldLabel);
  /** Those of the last entry, in order: the next one mostly has the same. */
  const recent: Label[] = [];
  /** A getter among the fields may log in turn, and must not write over what is here. */
  let writing = false;
  /** How many fields the entry has so far, those of its beginning aside. */
  let count = 0;
  /** The fields of the call that have been read, and how many. */
  const keys: string[] = [];
  const values: unknown[] = [];
  let read = 0;

  function writeFields(fields: unknown, start: number): number {
    // What is not a plain object may be a value in the place of fields.
    if (typeof fields !== 'object' || fields === null || Object.getPrototypeOf(fields) !== Object.prototype) return 0;
    let at = start;
    for (const key in fields) {
      if (!isOwn.call(fields, key)) continue;
      keys[read] = key;
      values[read] = UNREAD;
      read += 1;
      const value: unknown = (fields as Record<string, unknown>)[key];
      values[read - 1] = value;
      if (value === undefined || value === null) continue;
      const label = labelOf(key, count);
      if (label === UNFIT || count >= FIELDS_MAX) return 0;
      at = writeLabel(label, at);
      if (typeof value === 'string') at = writeText(value, at);
      else if (typeof value === 'number')
        at = value >= 0 && value === (value | 0) ? writeWhole(value, at) : writeText(String(value), at);
      else if (typeof value === 'boolean') at = writeText(String(value), at);
      else return 0;
      if (at < 0) return 0;
      count += 1;
    }
    return at;
  }

  function labelOf(key: string, index: number): Label {
    const last = recent[index];
    if (last !== undefined && last.key === key) return last;
    const label = labels.get(key);
    recent[index] = label;
    return label;
  }

  function writeLabel({ words, size }: Label, at: number): number {
    for (let index = 0; index < words.length; index += 1) {
      view.setUint32(at + index * 4, words[index] as number, true); // the index is within
    }
    return at + size;
  }

  /** Returns where the text ends; -1 where it is too long, has colours, or is not ASCII of one line. */
  function writeText(text: string, at: number): number {
    if (text.length > TEXT_MAX || at + text.length > limit) return -1;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > ASCII_MAX || (code < SPACE && (code === LINE_FEED || code === ESCAPE))) return -1;
      bytes[at + index] = code;
    }
    return at + text.length;
  }

  /** A whole number of 31 bits, digit by digit from its end: making a string of it takes as long as the rest of the entry. */
  function writeWhole(value: number, at: number): number {
    let end = at + 1;
    for (let power = 10; power <= value; power *= 10) end += 1;
    if (end > limit) return -1;
    let rest = value;
    for (let index = end - 1; index >= at; index -= 1) {
      const tens = (rest / 10) | 0;
      bytes[index] = ZERO + rest - tens * 10;
      rest = tens;
    }
    return end;
  }

  function write(start: Label, message: unknown, fields: unknown, context?: Label, mixin?: unknown): number {
    if (writing || typeof message !== 'string' || message.length > TEXT_MAX || start.size > limit) return 0;
    writing = true;
    count = 0;
    let isOfCall = false;
    try {
      let at = writeText(message, writeLabel(start, 0));
      if (at > 0 && context !== undefined) at = at + context.size > limit ? 0 : writeLabel(context, at);
      if (at > 0 && mixin !== undefined) at = writeFields(mixin, at);
      // Those of the mixin are read again by the longer way: it made them for this entry.
      read = 0;
      isOfCall = true;
      if (at > 0 && fields !== undefined) at = writeFields(fields, at);
      if (at <= 0) return 0;
      bytes[at] = LINE_FEED;
      return at + 1;
    } catch (error) {
      // A getter or a proxy. What comes behind it is EntryWriter's.
      if (!isOfCall) read = 0;
      if (read > 0 && values[read - 1] === UNREAD) values[read - 1] = unreadable(error);
      return 0;
    } finally {
      writing = false;
    }
  }

  function takeRead(fields: unknown): unknown {
    // Those of the entry whose getter logs this one.
    if (writing || read === 0) return fields;
    const result = fields === undefined ? undefined : withValues(fields as object, keys, values, read); // or none was read
    for (let index = 0; index < read; index += 1) values[index] = undefined;
    read = 0;
    return result;
  }

  return { write, takeRead };
}

/** The fields, the first of them with values that have been read. */
function withValues(fields: object, keys: readonly string[], values: readonly unknown[], read: number): object {
  const result = Object.create(null) as Record<string, unknown>; // it is empty
  for (let index = 0; index < read; index += 1) result[keys[index] ?? ''] = values[index];
  const all = attempt(() => Object.keys(fields)) ?? [];
  // One more than will be written: that there are more is told.
  for (const key of all.slice(0, STEPS_MAX + 1)) {
    const get = (): unknown => (fields as Record<string, unknown>)[key];
    if (!(key in result)) Object.defineProperty(result, key, { get, enumerable: true });
  }
  return result;
}
