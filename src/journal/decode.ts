// Parses an entry in the native protocol like journald (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/): the counterpart
// of entry.ts. Pure.

const NEWLINE = 0x0a;
const EQUALS = 0x3d;
const LENGTH_BYTES = 8;
const FIELDS_MAX = 1024;
const FIELD_BYTES_MAX = 768n * 1024n * 1024n;

/** The fields that journald stores, in order; undefined if it drops the entry. */
export function parseEntry(payload: Uint8Array): [name: string, value: Uint8Array][] | undefined {
  const fields: [string, Uint8Array][] = [];
  let at = 0;
  while (at < payload.length) {
    const end = payload.indexOf(NEWLINE, at);
    if (end < 0) break; // unterminated: journald drops this field and stores the rest
    if (end === at) break; // an empty line ends the entry
    const field = readField(payload, at, end);
    if (field === 'bad') return undefined;
    if (field === 'short') break;
    if (isFieldName(field.name)) fields.push([field.name, field.value]);
    if (fields.length > FIELDS_MAX) return undefined;
    at = field.next;
  }
  return fields.length === 0 ? undefined : fields;
}

type ParsedField = { readonly name: string; readonly value: Uint8Array; readonly next: number } | 'short' | 'bad';

function readField(payload: Uint8Array, at: number, end: number): ParsedField {
  const first = payload[at];
  // A comment line.
  if (first === 0x2e || first === 0x23) return { name: '', value: new Uint8Array(), next: end + 1 };
  const equals = payload.subarray(at, end).indexOf(EQUALS);
  if (equals >= 0) {
    return { name: latin1(payload, at, at + equals), value: payload.slice(at + equals + 1, end), next: end + 1 };
  }
  const from = end + 1 + LENGTH_BYTES;
  if (payload.length < from) return 'short';
  const length = Buffer.from(payload.buffer, payload.byteOffset + end + 1, LENGTH_BYTES).readBigUInt64LE();
  if (length > FIELD_BYTES_MAX) return 'bad';
  const to = from + Number(length);
  if (payload.length <= to || payload[to] !== NEWLINE) return 'short';
  return { name: latin1(payload, at, end), value: payload.slice(from, to), next: to + 1 };
}

function latin1(payload: Uint8Array, from: number, to: number): string {
  return Buffer.from(payload.subarray(from, to)).toString('latin1');
}

/** Only journald may set names that start with `_`. */
function isFieldName(name: string): boolean {
  return /^[A-Z][A-Z0-9_]{0,63}$/.test(name);
}
