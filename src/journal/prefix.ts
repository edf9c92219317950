// Text of an entry as numbers that are written in a few steps. Pure.

/** Text that is written unchanged: a field name with its delimiters, or the start of an entry. */
export interface Prefix {
  readonly key: string;
  readonly size: number;
  /** Its bytes, padded to a multiple of four, as little-endian numbers: one step writes four bytes. */
  readonly words: Uint32Array;
}

export function makePrefix(text: string, key = ''): Prefix {
  const size = Buffer.byteLength(text);
  const padded = Buffer.alloc(Math.ceil(size / 4) * 4);
  padded.write(text);
  return { key, size, words: Uint32Array.from({ length: padded.length / 4 }, (_, at) => padded.readUInt32LE(at * 4)) };
}
