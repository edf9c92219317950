// Lines for a stream that goes to the journal: each starts with the priority (sd-daemon(3)) and is short enough that
// journald does not cut it. After a cut, journald parses the next part as a new line with its own priority: text from a
// client could forge an entry.
import type { Format } from './plain-text.ts';

/** Below the default LineMax= of 48 KiB (journald.conf(5)), with room for the prefix. */
const LINE_BYTES_MAX = 48 * 1024 - 16;
/** A cut can split the bytes of one UTF-8 character, at most this many. */
const CHARACTER_BYTES_MAX = 4;

/** Adds `<N>` to the start of each line of another format. */
export function journalLines(format: Format): Format {
  return (priority, fields) => {
    const prefix = `<${priority}>`;
    const lines = format(priority, fields).slice(0, -1).split('\n');
    return lines.map((line) => prefixed(prefix, line)).join('');
  };
}

function prefixed(prefix: string, line: string): string {
  if (Buffer.byteLength(line) <= LINE_BYTES_MAX) return `${prefix}${line}\n`;
  const bytes = Buffer.from(line);
  let text = '';
  for (let start = 0, end = 0; start < bytes.length; start = end) {
    end = pieceEnd(bytes, start);
    text += `${prefix}${bytes.toString('utf8', start, end)}\n`;
  }
  return text;
}

function pieceEnd(bytes: Uint8Array, start: number): number {
  const limit = start + LINE_BYTES_MAX;
  if (limit >= bytes.length) return bytes.length;
  let end = limit;
  // Do not cut inside a character: its continuation bytes are 10xxxxxx.
  while (end > limit - CHARACTER_BYTES_MAX && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}
