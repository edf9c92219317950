// STATUS= is one line for people, whatever the caller's string holds.

// Controls would end the line or be refused; a lone surrogate would make the manager clear the status as invalid UTF-8.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\\\ud800-\udfff]/;
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]+/g;
const ELLIPSIS = '…';
const ELLIPSIS_BYTES = 3;

/** Longer text cannot fit a message in any case; this bounds the work for a hostile one. */
const READ_MAX = 65_536;

/** Whether the text goes on the wire as it is. */
function isPlain(text: string): boolean {
  return !UNSAFE.test(text);
}

/**
 * The text as it goes on the wire: every run of control characters is one space, a backslash is doubled (the manager
 * reads a backslash as an escape), and what does not fit `maxBytes` is cut at a character and ends in `…`.
 * Undefined where not even the `…` fits.
 */
export function encodeStatus(text: string, maxBytes: number): string | undefined {
  const clean = text.length <= READ_MAX && isPlain(text) ? text : sanitize(text);
  // No UTF-16 unit takes more than three bytes: most strings need no count.
  if (text.length <= READ_MAX && (clean.length * 3 <= maxBytes || Buffer.byteLength(clean) <= maxBytes)) return clean;
  return maxBytes < ELLIPSIS_BYTES ? undefined : cut(clean, maxBytes - ELLIPSIS_BYTES) + ELLIPSIS;
}

function sanitize(text: string): string {
  return text.slice(0, READ_MAX).replace(CONTROLS, ' ').toWellFormed().replaceAll('\\', '\\\\');
}

/** As many whole characters as fit; a doubled backslash is one character. */
function cut(text: string, maxBytes: number): string {
  let size = 0;
  let end = 0;
  for (const character of text.match(/\\\\|./gsu) ?? []) {
    size += Buffer.byteLength(character);
    if (size > maxBytes) break;
    end += character.length;
  }
  return text.slice(0, end);
}
