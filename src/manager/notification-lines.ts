// How the service manager takes a datagram apart into lines, and a line into a key and its value: sd_notify(3)
import { parseInteger, UINT64_MAX } from '../environment/integer.ts';

/** What the manager reads at once; a longer datagram is dropped. */
export const MESSAGE_MAX = 4096;

/**
 * The lines of a datagram, unescaped; undefined where the manager drops it as a whole. Bytes as characters (latin1):
 * only STATUS has to be UTF-8, and what is not must not spoil the other lines.
 */
export function readLines(datagram: Uint8Array): string[] | undefined {
  if (datagram.length > MESSAGE_MAX) return undefined;
  const text = Buffer.from(datagram).toString('latin1');
  const payload = text.endsWith('\0') ? text.slice(0, -1) : text;
  return payload.includes('\0') ? undefined : splitLines(payload);
}

/**
 * A backslash takes the next character as it is, also the end of a line; with nothing after it, it spoils the message.
 */
export function splitLines(payload: string): string[] | undefined {
  const lines: string[] = [];
  let line = '';
  for (let index = 0; index < payload.length; index += 1) {
    const character = payload[index];
    if (character === '\\') {
      index += 1;
      if (index === payload.length) return undefined;
      line += payload[index];
    } else if (character === '\n' || character === '\r') {
      if (line !== '') lines.push(line);
      line = '';
    } else line += character;
  }
  return line === '' ? lines : [...lines, line];
}

/** The first assignment counts. */
export function assigned(lines: readonly string[], key: string): string | undefined {
  return lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1);
}

export function unsigned(lines: readonly string[], key: string): bigint | undefined {
  const value = parseInteger(assigned(lines, key) ?? '', 0n, UINT64_MAX);
  return typeof value === 'bigint' ? value : undefined;
}

/** Bytes that were read as characters, as the text they are; undefined where they are not UTF-8. */
export function utf8(value: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return undefined;
  }
}
