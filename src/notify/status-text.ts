// Encodes any string as one line for STATUS=. Pure.

// Controls would end the line or be refused; with a lone surrogate the manager would clear the status as invalid UTF-8.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\\\ud800-\udfff]/;
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]+/g;
const ELLIPSIS = '…';
const ELLIPSIS_BYTES = 3;

/** A longer text never fits into a message; the limit bounds the work for a malicious one. */
const READ_MAX = 65_536;

/** Whether the text can be sent unchanged. */
function isPlain(text: string): boolean {
  return !UNSAFE.test(text);
}

/**
 * The encoded text: every run of control characters becomes one space, a backslash is doubled (the manager reads it as
 * an escape), and a text above `maxBytes` is cut at a character and ends in `…`. Undefined if not even the `…` fits.
 */
export function encodeStatus(text: string, maxBytes: number): string | undefined {
  const clean = text.length <= READ_MAX && isPlain(text) ? text : sanitize(text);
  // A UTF-16 unit takes at most three bytes, so short strings need no byte count.
  if (text.length <= READ_MAX && (clean.length * 3 <= maxBytes || Buffer.byteLength(clean) <= maxBytes)) return clean;
  return maxBytes < ELLIPSIS_BYTES ? undefined : cut(clean, maxBytes - ELLIPSIS_BYTES) + ELLIPSIS;
}

function sanitize(text: string): string {
  return text.slice(0, READ_MAX).replace(CONTROLS, ' ').toWellFormed().replaceAll('\\', '\\\\');
}

/** As many whole characters as fit; a doubled backslash counts as one character. */
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
