// What a service wrote to the journal, and how journald reads an entry in its native protocol
// (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/). Pure.

/** Text, or bytes where it is not UTF-8; an array where the entry has the field more than once. */
export type JournalField = string | Uint8Array | readonly (string | Uint8Array)[];

/** One entry. */
export interface JournalRecord {
  /** Milliseconds since the manager was created. */
  readonly at: number;
  /** `native` came through the journal's own socket, the others are lines that were printed. */
  readonly source: 'native' | 'stdout' | 'stderr';
  /** Who wrote it, by the kernel's word; for a line, the main process. */
  readonly pid: number;
  /** 0 (emergency) to 7 (debug); 6 where the entry says none. */
  readonly priority: number;
  /** Empty where the entry has none. */
  readonly message: string;
  /** Every field as it was sent, MESSAGE and PRIORITY among them. */
  readonly fields: Readonly<Record<string, JournalField>>;
}

const NEWLINE = 0x0a;
const EQUALS = 0x3d;
const LENGTH_BYTES = 8;
const FIELDS_MAX = 1024;
const FIELD_BYTES_MAX = 768n * 1024n * 1024n;
const INFO = 6;

/** The fields that journald takes, in order; undefined where it drops the entry. */
export function parseEntry(payload: Uint8Array): [name: string, value: Uint8Array][] | undefined {
  const fields: [string, Uint8Array][] = [];
  let at = 0;
  while (at < payload.length) {
    const end = payload.indexOf(NEWLINE, at);
    if (end < 0) break; // unterminated: that field is lost, and the rest is stored
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

type Field = { readonly name: string; readonly value: Uint8Array; readonly next: number } | 'short' | 'bad';

function readField(payload: Uint8Array, at: number, end: number): Field {
  const first = payload[at];
  // A comment.
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

/** A name that starts with `_` is journald's own to give. */
function isFieldName(name: string): boolean {
  return /^[A-Z][A-Z0-9_]{0,63}$/.test(name);
}

/** Makes a record out of fields. */
export function toRecord(
  fields: Iterable<readonly [string, Uint8Array | string]>,
  origin: Pick<JournalRecord, 'at' | 'source' | 'pid'>,
): JournalRecord {
  const values: Record<string, string | Uint8Array | (string | Uint8Array)[]> = Object.create(null);
  for (const [name, bytes] of fields) {
    const value = typeof bytes === 'string' ? bytes : text(bytes);
    const before = values[name];
    if (before === undefined) values[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else values[name] = [before, value];
  }
  return { ...origin, priority: priority(values.PRIORITY), message: firstText(values.MESSAGE), fields: values };
}

/** What says more than the message does, for people: `[["METHOD", "GET"], …]`. */
export function details({ fields }: JournalRecord): [name: string, value: string][] {
  const own = Object.entries(fields).filter(([name]) => !PLAIN.test(name));
  return own.flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as readonly (string | Uint8Array)[]) : [value as string | Uint8Array]).map(
      (one): [string, string] => [name, typeof one === 'string' ? one : `[${one.length} bytes]`],
    ),
  );
}

/** Fields that are shown in another way, or are of no interest on a terminal. */
const PLAIN = /^(MESSAGE|PRIORITY|SYSLOG_.*|CODE_.*|TID)$/;

function text(bytes: Uint8Array): string | Uint8Array {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Uint8Array.from(bytes); // the receiver goes on using its buffer
  }
}

function priority(value: JournalField | undefined): number {
  const first = firstText(value);
  return /^[0-7]$/.test(first) ? Number(first) : INFO;
}

function firstText(value: JournalField | undefined): string {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof first === 'string') return first;
  return first instanceof Uint8Array ? Buffer.from(first).toString() : '';
}
