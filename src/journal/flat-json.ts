// Copies a line of JSON with short texts, numbers, booleans and null into the fields of an entry, without an object in
// between. Pure. Any other line is refused, and the caller parses it.
import { fieldName } from './field-name.ts';
import { KeyCache } from './key-cache.ts';
import { makePrefix, type Prefix } from './prefix.ts';

/** Offsets in `text`, a JSON object whose last member is the message. */
export interface FlatLine {
  readonly text: string;
  /** The members that become fields, each with the comma before it. */
  readonly from: number;
  readonly to: number;
  /** The first character of the message. */
  readonly message: number;
  /** The brace that ends the object. */
  readonly end: number;
}

interface Member {
  readonly key: string;
  /** The key as it is in the line, with its delimiters. */
  readonly json: string;
  /** Undefined for a key that has a special meaning, or that JSON escapes. */
  readonly prefix: Prefix | undefined;
}

/** What loggers write at the start of a line, or the journal gives a meaning. */
const SPECIAL = new Set(['level', 'time', 'pid', 'hostname', 'messageId']);
/** Above this, the search for repeated keys takes too long. */
const MEMBERS_MAX = 64;
/** So many digits of a decimal number survive the conversion to a double. */
const DIGITS_MAX = 15;
const ESCAPED = /[\\\u0000-\u001f]/;
const SPACE = 32;
const QUOTE = 34;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const BACKSLASH = 92;
const ASCII_MAX = 127;

function memberOf(key: string): Member {
  const isPlain = !SPECIAL.has(key) && !ESCAPED.test(key);
  return { key, json: `,"${key}":`, prefix: isPlain ? makePrefix(`\n${fieldName(key)}=`, key) : undefined };
}

export interface FlatJson {
  /** Both copy to the offset `at`, and return the end; -1 for a line that is more than short ASCII text. */
  copyMessage(line: FlatLine, at: number): number;
  copyMembers(line: FlatLine, at: number): number;
}

/** `limit`: values must end before this offset of `bytes`. A function for the same reason as `shortEntry`. */
export function flatJson(
  bytes: Uint8Array,
  limit: number,
  writePrefix: (prefix: Prefix, at: number) => number,
): FlatJson {
  const members = new KeyCache(memberOf);
  /** The members of the last line, in order: the next line usually has the same. */
  const recent: Member[] = [];
  /** Where the last value ended in the line. */
  let read = 0;

  function copyMessage({ text, message, end }: FlatLine, at: number): number {
    const to = copyText(text, message, at);
    return read === end ? to : -1;
  }

  function copyMembers({ text, from, to }: FlatLine, start: number): number {
    let at = start;
    read = from;
    for (let count = 0; read < to; count += 1) {
      const member = memberAt(text, read, count);
      if (member?.prefix === undefined || isRepeated(member, count)) return -1;
      at = copyValue(text, read + member.json.length, member.prefix, at);
      if (at < 0) return -1;
    }
    return read === to ? at : -1;
  }

  function memberAt(text: string, from: number, index: number): Member | undefined {
    const last = recent[index];
    if (last !== undefined && text.startsWith(last.json, from)) return last;
    const end = text.indexOf('"', from + 2);
    if (index >= MEMBERS_MAX || end < 0) return undefined;
    const member = members.get(text.slice(from + 2, end));
    recent[index] = member;
    return text.startsWith(member.json, from) ? member : undefined;
  }

  function isRepeated({ key }: Member, count: number): boolean {
    for (let index = 0; index < count; index += 1) {
      if (recent[index]?.key === key) return true;
    }
    return false;
  }

  function copyValue(text: string, from: number, prefix: Prefix, at: number): number {
    const code = text.charCodeAt(from);
    if (code === QUOTE) return copyText(text, from + 1, writePrefix(prefix, at));
    if (code === MINUS || isDigit(code)) return copyNumber(text, from, writePrefix(prefix, at));
    for (const literal of ['true', 'false']) {
      if (text.startsWith(literal, from)) return copyPlain(text, from, from + literal.length, writePrefix(prefix, at));
    }
    read = from + 'null'.length;
    return text.startsWith('null', from) ? at : -1;
  }

  /** Copies up to the closing quotation mark. */
  function copyText(text: string, from: number, start: number): number {
    let at = start;
    for (let index = from; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code === QUOTE) {
        read = index + 1;
        return at;
      }
      if (code < SPACE || code > ASCII_MAX || code === BACKSLASH || at >= limit) return -1;
      bytes[at] = code;
      at += 1;
    }
    return -1;
  }

  /** Copies only a number that JavaScript writes with the same digits. */
  function copyNumber(text: string, from: number, at: number): number {
    const first = text.charCodeAt(from) === MINUS ? from + 1 : from;
    const dot = digitsEnd(text, first);
    let end = dot;
    if (text.charCodeAt(dot) === DOT) {
      end = digitsEnd(text, dot + 1);
      // 1.50, and what JavaScript writes with an exponent.
      if (text.charCodeAt(end - 1) === ZERO || end === dot + 1 || text.startsWith('0.00', first)) return -1;
    } else if (text.charCodeAt(first) === ZERO && first > from) return -1; // -0
    const hasLeadingZero = text.charCodeAt(first) === ZERO && dot > first + 1;
    if (dot === first || hasLeadingZero || end - first > DIGITS_MAX) return -1;
    return copyPlain(text, from, end, at);
  }

  function copyPlain(text: string, from: number, to: number, start: number): number {
    if (start + to - from > limit) return -1;
    for (let index = from; index < to; index += 1) bytes[start + index - from] = text.charCodeAt(index);
    read = to;
    return start + to - from;
  }

  return { copyMessage, copyMembers };
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function digitsEnd(text: string, from: number): number {
  let end = from;
  while (isDigit(text.charCodeAt(end))) end += 1;
  return end;
}
