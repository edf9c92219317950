// Reads an entry as journald does. Follows its rules (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/), not our encoder: a line
// with `=` is text up to the newline; after a line without `=` come 64 bits of length, the value and a newline. Throws if
// journald would drop a part of the entry or read it differently.

export type DecodedField = readonly [name: string, value: Buffer];

export function decodeEntry(datagram: Uint8Array): DecodedField[] {
  const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const fields: DecodedField[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const end = bytes.indexOf(0x0a, offset);
    if (end < 0) throw new Error(`the last line is not terminated, at ${offset}`);
    const line = bytes.subarray(offset, end);
    if (line.length === 0) throw new Error(`an empty line would end the entry, at ${offset}`);
    const equals = line.indexOf('=');
    if (equals >= 0) {
      fields.push([checkName(line.subarray(0, equals)), line.subarray(equals + 1)]);
      offset = end + 1;
      continue;
    }
    const size = Number(bytes.readBigUInt64LE(end + 1));
    const start = end + 1 + 8;
    if (start + size + 1 > bytes.length) throw new Error(`a value of ${size} bytes goes beyond the end, at ${start}`);
    if (bytes[start + size] !== 0x0a) throw new Error(`no newline after the value, at ${start + size}`);
    fields.push([checkName(line), bytes.subarray(start, start + size)]);
    offset = start + size + 1;
  }
  if (fields.length > 1024) throw new Error(`${fields.length} fields`);
  return fields;
}

function checkName(bytes: Buffer): string {
  const name = bytes.toString('latin1');
  if (name.length < 1 || name.length > 64) throw new Error(`a name of ${name.length} bytes`);
  for (const [index, character] of name.split('').entries()) {
    const letter = character >= 'A' && character <= 'Z';
    const later = index > 0 && ((character >= '0' && character <= '9') || character === '_');
    if (!letter && !later) throw new Error(`the name ${JSON.stringify(name)}`);
  }
  return name;
}

/** The values of each name, as text. */
export function decodeText(datagram: Uint8Array): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [name, value] of decodeEntry(datagram)) found[name] = [...(found[name] ?? []), value.toString()];
  return found;
}
