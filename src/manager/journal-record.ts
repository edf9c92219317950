// What a service wrote to the journal. Pure.

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

const INFO = 6;

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
