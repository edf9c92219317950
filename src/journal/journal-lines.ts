// Lines for a stream that goes to the journal: with the priority in front (sd-daemon(3)), and none so long that journald
// cuts it. It reads the priority again where it goes on after a cut: text that a client chose could then be an entry of
// its own, with the priority that the client wants.
import type { Format } from './plain-text.ts';

/** Below the default of LineMax=, which is 48 KiB (journald.conf(5)), with room for the prefix. */
const LINE_BYTES_MAX = 48 * 1024 - 16;
/** Longer than the last bytes of a character that a cut may fall into. */
const CHARACTER_BYTES_MAX = 4;

/** The lines of another format, each with `<N>` in front. */
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
  // Not within a character, whose further bytes are 10xxxxxx.
  while (end > limit - CHARACTER_BYTES_MAX && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}
