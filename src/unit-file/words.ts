// Splits a value into words: quotes and escapes of systemd.syntax(7), "Quoting". Pure.
import { isSpace } from './assignments.ts';

/**
 * The reaction to an unknown escape: `refuse` fails, `keep` leaves it unchanged. With `none`, backslashes and quotes
 * have no special meaning.
 */
export type Escapes = 'refuse' | 'keep' | 'none';

/** One word, and the start of the next one; undefined at the end. */
export interface Word {
  readonly text: string;
  readonly next: number;
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/**
 * Reads the word at `from`.
 *
 * @returns 'invalid' for an unclosed quote or a trailing backslash, and, with `refuse`, for an unknown escape.
 */
export function readWord(text: string, from: number, escapes: Escapes): Word | undefined | 'invalid' {
  let at = skipSpace(text, from);
  if (at >= text.length) return undefined;
  if (escapes === 'none') {
    const end = plainEnd(text, at);
    return { text: text.slice(at, end), next: skipSpace(text, end) };
  }
  const parts = new Bytes();
  let quote = '';
  for (; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\') {
      const escaped = readEscape(text, at + 1);
      if (escaped !== undefined) {
        parts.add(escaped.text, escaped.byte);
        at = escaped.last;
      } else if (escapes === 'keep' && at + 1 < text.length) {
        const pair = String.fromCodePoint(text.codePointAt(at + 1) ?? 0);
        parts.add(`\\${pair}`);
        at += pair.length;
      } else if (escapes === 'keep' && quote === '') parts.add('\\');
      else return 'invalid';
    } else if (quote !== '') {
      if (character === quote) quote = '';
      else parts.add(character);
    } else if (character === '"' || character === "'") quote = character;
    else if (isSpace(character)) return { text: parts.text, next: skipSpace(text, at) };
    else parts.add(character);
  }
  return quote === '' ? { text: parts.text, next: text.length } : 'invalid';
}

/** All words of a value; undefined if one of them is invalid. */
export function readWords(text: string, escapes: Escapes): string[] | undefined {
  const words: string[] = [];
  for (let at = 0; ; ) {
    const word = readWord(text, at, escapes);
    if (word === 'invalid') return undefined;
    if (word === undefined) return words;
    words.push(word.text);
    at = word.next;
  }
}

function plainEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isSpace(text[at])) at += 1;
  return at;
}

export function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text[at])) at += 1;
  return at;
}

interface Escape {
  readonly text: string;
  /** `\x` and octal escapes mean a byte, not a character. */
  readonly byte: boolean;
  readonly last: number;
}

/** The escape after a backslash at `at`; undefined if it is unknown. All forms of NUL are invalid. */
function readEscape(text: string, at: number): Escape | undefined {
  const character = text.charAt(at);
  const simple = Object.hasOwn(SIMPLE, character) ? SIMPLE[character] : undefined;
  if (simple !== undefined) return { text: simple, byte: false, last: at };
  if (character === 'x') return coded(text, at, /^x([0-9a-f]{2})/i, 16, true);
  if (character === 'u') return coded(text, at, /^u([0-9a-f]{4})/i, 16, false);
  if (character === 'U') return coded(text, at, /^U([0-9a-f]{8})/i, 16, false);
  return coded(text, at, /^([0-7]{3})/, 8, true);
}

function coded(text: string, at: number, form: RegExp, radix: number, byte: boolean): Escape | undefined {
  const match = form.exec(text.slice(at, at + 9));
  const code = Number.parseInt(match?.[1] ?? '0', radix);
  const max = byte ? 0xff : 0x10_ffff;
  const isSurrogate = !byte && code >= 0xd800 && code <= 0xdfff;
  if (match === null || code === 0 || code > max || isSurrogate) return undefined;
  return { text: String.fromCodePoint(code), byte, last: at + match[0].length - 1 };
}

/** Builds text from bytes: several bytes may form one character. */
class Bytes {
  #text = '';
  #bytes: number[] = [];

  add(text: string, byte = false): void {
    if (byte) this.#bytes.push(text.charCodeAt(0));
    else {
      this.#flush();
      this.#text += text;
    }
  }

  #flush(): void {
    if (this.#bytes.length > 0) this.#text += Buffer.from(this.#bytes).toString();
    this.#bytes = [];
  }

  get text(): string {
    this.#flush();
    return this.#text;
  }
}
