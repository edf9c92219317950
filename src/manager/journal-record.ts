// A journal entry of a service. Pure.

/** Text, or bytes if it is not UTF-8; an array if the entry repeats the field. */
export type JournalField = string | Uint8Array | readonly (string | Uint8Array)[];

/** One entry. */
export interface JournalRecord {
  /** Milliseconds since the manager was created. */
  readonly at: number;
  /** `native` arrived on the journal's own socket; the others are printed lines. */
  readonly source: 'native' | 'stdout' | 'stderr';
  /** The sender, as reported by the kernel; for a line, the main process. */
  readonly pid: number;
  /** 0 (emergency) to 7 (debug); 6 if the entry has none. */
  readonly priority: number;
  /** Empty if the entry has none. */
  readonly message: string;
  /** All fields as sent, including MESSAGE and PRIORITY. */
  readonly fields: Readonly<Record<string, JournalField>>;
}

const INFO = 6;

/** Creates a record from fields. */
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

/** The fields that add information to the message: `[["METHOD", "GET"], …]`. */
export function details({ fields }: JournalRecord): [name: string, value: string][] {
  const own = Object.entries(fields).filter(([name]) => !PLAIN.test(name));
  return own.flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as readonly (string | Uint8Array)[]) : [value as string | Uint8Array]).map(
      (one): [string, string] => [name, typeof one === 'string' ? one : `[${one.length} bytes]`],
    ),
  );
}

/** Fields that are shown elsewhere, or are not useful on a terminal. */
const PLAIN = /^(MESSAGE|PRIORITY|SYSLOG_.*|CODE_.*|TID)$/;

function text(bytes: Uint8Array): string | Uint8Array {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Uint8Array.from(bytes); // a copy, because the receiver reuses its buffer
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
