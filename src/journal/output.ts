// The destination of a logger's entries, and the one that is journald, in its native protocol.
import type { Account } from './account.ts';
import type { Context } from './context.ts';
import { EntryWriter } from './entry.ts';
import type { FieldWriter } from './field-writer.ts';
import type { FlatLine } from './flat-json.ts';
import type { ShortEntry } from './short-entry.ts';
import type { Transport } from './transport.ts';

/** The result of `writeShort` for an entry that was sent. */
export const WRITTEN: unique symbol = Symbol('written');

export interface LogOutput<W extends FieldWriter = FieldWriter> {
  readonly connected: boolean;
  readonly dropped: number;
  /** Creates an entry that starts with the fields of `start`. */
  begin(start?: W): W;
  /** Creates fields that other entries will start with. */
  bind(start?: W): W;
  /** Call this with the result of `bind` once it contains all fields. */
  freeze(bound: W): W;
  write(priority: number, entry: W): void;
  /**
   * Fast path: writes an entry that starts with `start` and returns `WRITTEN`, if it is short text. Otherwise returns
   * the fields for the slow path. These may be a copy with the values read so far, because a getter must not be called
   * twice.
   */
  writeShort?(start: W, message: unknown, fields: unknown, context: Context | undefined, mixin: unknown): unknown;
  /** Fast path: writes an entry that starts with `start` from a line of JSON; false if it is more than short text. */
  writeLine?(start: W, line: FlatLine, context: Context | undefined): boolean;
  flush(): Promise<void>;
  flushSync(timeoutMs: number): boolean;
  close(): Promise<void>;
}

/** The methods of the transport that a logger uses. */
export type EntrySink = Pick<Transport, 'send' | 'sendOutbox' | 'flush' | 'flushSync' | 'close'>;

/** Limits the bound fields, so that there is room for the message and the fields of the entry. */
const BOUND_FIELDS_MAX = 512;
const MIB = 1024 * 1024;

/**
 * The maximum size of an entry for journald: 768 MiB, but since systemd 262 only 32 MiB for senders other than root,
 * whether by datagram or memfd.
 */
export function entryBytesMax(): number {
  return (process.geteuid?.() === 0 ? 768 : 32) * MIB;
}

export class JournalOutput implements LogOutput<EntryWriter> {
  readonly connected = true;
  readonly #transport: EntrySink;
  readonly #account: Account;
  readonly #short: ShortEntry | undefined;
  readonly #maxBytes = entryBytesMax();

  /** `short` writes into the outbox that the transport's `sendOutbox` sends from. */
  constructor(transport: EntrySink, account: Account, short?: ShortEntry) {
    this.#transport = transport;
    this.#account = account;
    this.#short = short;
  }

  get dropped(): number {
    return this.#account.dropped;
  }

  begin(start?: EntryWriter): EntryWriter {
    return new EntryWriter(start);
  }

  bind(start?: EntryWriter): EntryWriter {
    return new EntryWriter(start, BOUND_FIELDS_MAX);
  }

  freeze(bound: EntryWriter): EntryWriter {
    return bound.freeze();
  }

  write(_priority: number, entry: EntryWriter): void {
    this.#transport.send(entry.finish(this.#maxBytes), this.#account);
  }

  writeShort(
    start: EntryWriter,
    message: unknown,
    fields: unknown,
    context: Context | undefined,
    mixin: unknown,
  ): unknown {
    const { prefix } = start;
    if (context !== undefined && context.prefix === undefined) return fields;
    if (prefix === undefined || this.#short === undefined) return fields;
    const size = this.#short.write(prefix, message, fields, context?.prefix, mixin);
    const read = this.#short.takeRead(size > 0 ? undefined : fields);
    if (size === 0) return read;
    this.#transport.sendOutbox(size, this.#account);
    return WRITTEN;
  }

  writeLine({ prefix }: EntryWriter, line: FlatLine, context: Context | undefined): boolean {
    if (context !== undefined && context.prefix === undefined) return false;
    if (prefix === undefined || this.#short === undefined) return false;
    const size = this.#short.writeLine(prefix, line, context?.prefix);
    if (size > 0) this.#transport.sendOutbox(size, this.#account);
    return size > 0;
  }

  flush(): Promise<void> {
    return this.#transport.flush();
  }

  flushSync(timeoutMs: number): boolean {
    return this.#transport.flushSync(timeoutMs);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}
