// Makes foreign text safe for a terminal: a service chooses its messages, arguments and file names.

/** C0 except tab, DEL, C1, direction controls, line and paragraph separators, unpaired surrogates. */
const UNSAFE = /[\0-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]|\p{Cs}/gu;

/** JSON without characters that a terminal interprets. */
export function printableJson(value: unknown, indent?: number): string {
  // JSON escapes line breaks inside strings; those outside are from the formatting.
  return JSON.stringify(value, undefined, indent).replace(UNSAFE, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * One line that changes nothing on a terminal but the place where it is written: each unsafe character becomes U+FFFD.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, '\u{fffd}');
}
