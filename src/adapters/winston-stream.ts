// The stream to which winston writes its infos. Replaces winston-transport, so that the package has no dependencies.

import { Writable } from 'node:stream';
import { ownEntry } from '../arguments.ts';
import { isError } from '../journal/error-facts.ts';
import { isRecord } from '../journal/field-object.ts';
import { messageText, withNote } from '../journal/field-value.ts';
import type { Journal } from '../journal/logger.ts';
import { attempt, unreadable } from '../journal/unreadable.ts';
import { closeInTime } from './close-in-time.ts';
import { type AdapterEntry, writeEntry } from './entry.ts';
import type { Priorities } from './options.ts';
import { LEVEL, readInfo, SPLAT } from './winston-info.ts';

/** The info that a winston format receives and returns. */
export interface WinstonInfo {
  level: string;
  message: unknown;
  [key: string | symbol]: unknown;
}

/** A format of winston 3, such as `format.errors({ stack: true })`. */
export interface WinstonFormat {
  options?: object;
  transform(info: WinstonInfo, options?: unknown): WinstonInfo | boolean;
}

/** winston's own options of every transport. */
export interface TransportOptions {
  /** The name by which winston 2 identifies its transports; default `'journal'`. */
  readonly name?: string;
  /** The minimum level: less important entries are not written; default: the level of the logger. */
  readonly level?: string;
  /** Applied after the logger's format; winston 3. Only its properties are used, not its text. */
  readonly format?: WinstonFormat;
  /** Writes nothing. */
  readonly silent?: boolean;
  /** Whether uncaught exceptions are written. */
  readonly handleExceptions?: boolean;
  /** Whether unhandled rejections are written; winston 3. */
  readonly handleRejections?: boolean;
}

export interface StreamOptions extends TransportOptions {
  readonly nestedKey?: string;
  readonly priorities?: Priorities;
}

/** The members of a logger that a transport uses. */
interface Parent {
  readonly levels?: Readonly<Record<string, number>>;
  readonly level?: string;
}

type LogCallback = (error?: null, logged?: boolean) => void;
type WriteCallback = (error: Error | null | undefined) => void;

export class WinstonStream extends Writable {
  name: string;
  level?: string;
  format?: WinstonFormat;
  silent?: boolean;
  handleExceptions?: boolean;
  handleRejections?: boolean;
  readonly #journal: Journal;
  readonly #nestedKey: string;
  readonly #priorities: Priorities;
  #parent: Parent | undefined;
  #levels: Readonly<Record<string, number>> = {};

  constructor(journal: Journal, options: StreamOptions) {
    super({ objectMode: true });
    const { name = 'journal', nestedKey = 'metadata', priorities = {}, ...common } = options;
    this.#journal = journal;
    this.#nestedKey = nestedKey;
    this.#priorities = priorities;
    this.name = name;
    Object.assign(this, pickTransportOptions(common));
    // winston pipes a logger into its transports, and unpipes a transport to remove it.
    this.on('pipe', (logger: unknown) => this.#adopt(logger as Parent)); // any other stream has neither, and may
    this.on('unpipe', (logger: unknown) => {
      if (logger === this.#parent) this.close();
    });
  }

  #adopt(logger: Parent): void {
    this.#parent = logger;
    this.#levels = logger.levels ?? {};
  }

  /** An info of a logger skips the stream's queue, which costs as much as reading the info. */
  override write(info: unknown, encoding?: BufferEncoding | WriteCallback, done?: WriteCallback): boolean {
    const direct = typeof info === 'object' && info !== null && encoding === undefined && done === undefined;
    if (!direct || !this.writable || this.writableLength > 0 || this.writableCorked > 0)
      return super.write(info, encoding as BufferEncoding, done); // also accepts a callback as the second argument
    attempt(() => this.#accept(info));
    return true;
  }

  override _write(info: unknown, _encoding: string, done: () => void): void {
    // A log call never throws, even for an invalid info.
    attempt(() => {
      if (typeof info === 'object' && info !== null) this.#accept(info);
      else this.#journal.info(String(info));
    });
    done();
  }

  #accept(info: object): void {
    const { level, exception } = info as { level?: string; exception?: unknown };
    if (this.silent || (exception === true && !this.handleExceptions)) return;
    const name = (info as { [LEVEL]?: string })[LEVEL] ?? level ?? '';
    if (!this.#isEnabled(name)) return;
    if (this.format === undefined) this.#log(info);
    else this.#logFormatted(info, this.format);
  }

  #isEnabled(name: string): boolean {
    const least = this.level ?? this.#parent?.level;
    if (least === undefined) return true;
    const limit = ownEntry(this.#levels, least);
    const rank = ownEntry(this.#levels, name);
    // An unknown level is written: winston already warns about it.
    return limit === undefined || rank === undefined || rank <= limit;
  }

  #logFormatted(info: object, format: WinstonFormat): void {
    try {
      const formatted = format.transform(copy(info), format.options);
      // False: the format drops the entry.
      if (typeof formatted === 'object' && formatted !== null) this.#log(formatted);
    } catch (error) {
      this.#log(copy(info), `the format failed: ${unreadable(error)}`);
    }
  }

  #log(info: object, note?: string): void {
    const format = { nestedKey: this.#nestedKey, levels: this.#levels, priorities: this.#priorities };
    writeEntry(
      this.#journal,
      () => addNote(readInfo(info, format), note),
      () => messageText(info),
    );
    if (this.listenerCount('logged') > 0) setImmediate(() => this.emit('logged', info));
  }

  /**
   * winston 3 calls it as `log(info, callback)` for an exception, and winston 2 for everything, as
   * `log(level, message, meta, callback)`. Declares no parameters, because winston 3 treats a transport whose `log`
   * declares more than two as one of winston 2.
   */
  log(...args: readonly unknown[]): void {
    const [first, message, meta] = args;
    const callback = args.findLast((argument) => typeof argument === 'function') as LogCallback | undefined; // found so
    if (!this.silent) {
      attempt(() => {
        if (typeof first === 'object' && first !== null) this.#log(first);
        else this.#log(infoOf(String(first), message, meta));
      });
    }
    callback?.(null, true);
  }

  /** winston 2 calls this for an uncaught exception. */
  logException(message: string, meta: object, callback: () => void, error?: unknown): void {
    this.log({ ...meta, message, error, level: 'error', exception: true }, callback);
  }

  /**
   * Writes the waiting entries; blocks for at most `timeout` milliseconds (default 1 000). Returns whether all were
   * sent.
   */
  flushSync(timeout?: number): boolean {
    return this.#journal.flushSync(timeout);
  }

  /** winston calls this when the transport is removed from its logger. */
  close(): void {
    this.#parent = undefined;
    closeInTime(this.#journal, () => undefined);
  }

  override _final(done: () => void): void {
    closeInTime(this.#journal, done);
  }
}

function addNote(entry: AdapterEntry, note: string | undefined): AdapterEntry {
  return note === undefined ? entry : { ...entry, fields: withNote(entry.fields, note) };
}

function pickTransportOptions(options: Omit<TransportOptions, 'name'>): Omit<TransportOptions, 'name'> {
  const { level, format, silent, handleExceptions, handleRejections } = options;
  const picked = { level, format, silent, handleExceptions, handleRejections };
  return Object.fromEntries(Object.entries(picked).filter(([, value]) => value !== undefined));
}

/** Also copies the members of an error that are not enumerable. */
function copy(info: object): WinstonInfo {
  const { message, stack, cause } = info as Error; // any object has these, if undefined
  return { level: 'info', message, ...(isError(info) ? { stack, cause } : {}), ...info };
}

/** The info in the form of winston 3: the meta of winston 2 may be an error or an array. */
function infoOf(level: string, message: unknown, meta: unknown): object {
  const fields = isRecord(meta) ? meta : { [SPLAT]: [meta], ...(Array.isArray(meta) ? { meta } : {}) };
  return { ...fields, level, [LEVEL]: level, message };
}
