// The logger: decides whether to write an entry, and assembles it. A log call never throws.
import { checkFunction, checkOneOf, checkTimeout } from '../arguments.ts';
import { journalChannel, tellEntry } from '../channels.ts';
import { type Call, isNestCall, readCall } from './call.ts';
import { checkChildOptions, type OwnSettings } from './child-options.ts';
import { currentContext, runInContext, writeContext } from './context.ts';
import { isError } from './error-facts.ts';
import { writeErrorField, writeErrorMessage } from './error-fields.ts';
import { messageText, writeFields } from './field-value.ts';
import { type FieldWriter, NOTE } from './field-writer.ts';
import type { FlatLine } from './flat-json.ts';
import type { ChildOptions, Journal } from './journal.ts';
import { LEVELS, lastRank, rankOf, THRESHOLDS, type Threshold, TRACE } from './levels.ts';
import { type Mixin, mixIn } from './mixin.ts';
import { type LogOutput, WRITTEN } from './output.ts';
import type { SerializerTable } from './serializers.ts';
import { withoutColors } from './terminal-escapes.ts';
import { attempt, unreadable } from './unreadable.ts';

export type { Journal } from './journal.ts';

const FLUSH_MS = 1000;
const INFO = 6;
const DEBUG = 7;

/** For adapters. */
export interface LineLogger {
  /** Fast path: logs a line of JSON; false for a line that must be logged in another way. */
  logLine(rank: number, line: FlatLine): boolean;
}

export class Logger<W extends FieldWriter> implements Journal, LineLogger {
  readonly #output: LogOutput<W>;
  /** The fields of all entries, without and with each rank. */
  readonly #bound: W;
  readonly #starts: (W | undefined)[] = [];
  readonly #parent: Logger<W> | undefined;
  readonly #serializers: SerializerTable | undefined;
  readonly #mixin: Mixin | undefined;
  #level: Threshold | undefined;
  #last: number | undefined;

  constructor(output: LogOutput<W>, bound: W, parent: Logger<W> | undefined, own: OwnSettings) {
    this.#output = output;
    this.#bound = bound;
    this.#parent = parent;
    this.#serializers = own.serializers ?? (parent === undefined ? undefined : parent.#serializers);
    this.#mixin = own.mixin ?? (parent === undefined ? undefined : parent.#mixin);
    if (own.level !== undefined) this.#setLevel(own.level);
  }

  get connected(): boolean {
    return this.#output.connected;
  }

  get dropped(): number {
    return this.#output.dropped;
  }

  get level(): Threshold {
    const holder = this.#level === undefined ? this.#ancestorWithLevel() : this;
    return holder === undefined ? 'info' : (holder.#level ?? 'info');
  }

  set level(level: Threshold) {
    this.#setLevel(checkOneOf('journal: level', level, THRESHOLDS));
  }

  #setLevel(level: Threshold): void {
    this.#level = level;
    this.#last = lastRank(level);
  }

  /** The nearest ancestor with its own level; the root always has one. */
  #ancestorWithLevel(): Logger<W> | undefined {
    let logger = this.#parent;
    // A loop instead of recursion: a chain of children may be longer than the stack is deep.
    while (logger !== undefined && logger.#last === undefined) logger = logger.#parent;
    return logger;
  }

  emergency(message: unknown, fields?: unknown, ...more: readonly unknown[]): void {
    this.#write(0, message, fields, more);
  }

  alert(message: unknown, fields?: unknown, ...more: readonly unknown[]): void {
    this.#write(1, message, fields, more);
  }

  critical(message: unknown, fields?: unknown, ...more: readonly unknown[]): void {
    this.#write(2, message, fields, more);
  }

  fatal(message: unknown, fields?: unknown, ...more: readonly unknown[]): void {
    this.#write(2, message, fields, more);
  }

  error(message: unknown, fields?: unknown, ...more: readonly unknown[]): void {
    this.#write(3, message, fields, more);
  }

  warning(message: unknown, fields?: unknown, ...more: readonly unknown[]): void {
    this.#write(4, message, fields, more);
  }

  warn(message: unknown, fields?: unknown, ...more: readonly unknown[]): void {
    this.#write(4, message, fields, more);
  }

  notice(message: unknown, fields?: unknown, ...more: readonly unknown[]): void {
    this.#write(5, message, fields, more);
  }

  info(message: unknown, fields?: unknown, ...more: readonly unknown[]): void {
    this.#write(INFO, message, fields, more);
  }

  debug(message: unknown, fields?: unknown, ...more: readonly unknown[]): void {
    this.#write(7, message, fields, more);
  }

  trace(message: unknown, fields?: unknown, ...more: readonly unknown[]): void {
    this.#write(TRACE, message, fields, more);
  }

  silent(): void {}

  log(level: unknown, message?: unknown, fields?: unknown, ...more: readonly unknown[]): void {
    const rank = rankOf(level);
    if (rank !== undefined) this.#write(rank, message, fields, more);
    else this.#logWithoutLevel(level, message, fields, more);
  }

  #logWithoutLevel(level: unknown, message: unknown, fields: unknown, more: readonly unknown[]): void {
    const values = [message, fields, ...more].filter((value) => value !== undefined);
    if (isNestCall(level, values)) this.#write(INFO, level, message, fields === undefined ? more : [fields, ...more]);
    else this.#write(INFO, message, fields, more, `unknown level ${attempt(() => messageText(level)) ?? ''}`);
  }

  isEnabled(level: Threshold): boolean {
    const rank = rankOf(checkOneOf('journal: level', level, THRESHOLDS));
    return rank !== undefined && rank <= this.#lastRank();
  }

  child(fields: unknown, options?: ChildOptions): Journal {
    const own = checkChildOptions(options, this.#serializers);
    const bound = this.#output.bind(this.#bound);
    writeFields(bound, attempt(() => serialized(fields, own.serializers ?? this.#serializers)) ?? fields);
    return new Logger(this.#output, this.#output.freeze(bound), this, own);
  }

  run<T>(fields: unknown, work: () => T): T {
    checkFunction('run(): work', work);
    return runInContext(attempt(() => serialized(fields, this.#serializers)) ?? fields, work);
  }

  flush(): Promise<void> {
    return this.#output.flush();
  }

  flushSync(timeout?: number): boolean {
    return this.#output.flushSync(checkTimeout('journal.flushSync(): timeout', timeout, FLUSH_MS));
  }

  close(): Promise<void> {
    return this.#output.close();
  }

  #lastRank(): number {
    if (this.#last !== undefined) return this.#last;
    const holder = this.#ancestorWithLevel();
    return holder === undefined ? INFO : (holder.#last ?? INFO);
  }

  #write(rank: number, message: unknown, fields: unknown, more: readonly unknown[], note?: string): void {
    if (rank > this.#lastRank()) return;
    if (journalChannel.hasSubscribers) tellEntry(LEVELS[rank] ?? 'debug');
    try {
      const start = this.#start(rank);
      const context = currentContext();
      const mixin = this.#mixin === undefined ? undefined : mixIn(this.#mixin);
      const isPlain = more.length === 0 && note === undefined && this.#serializers === undefined;
      const rest = isPlain ? this.#output.writeShort?.(start, message, fields, context, mixin) : undefined;
      if (rest === WRITTEN) return;
      const entry = this.#output.begin(start);
      const call = this.#readCall(message, rest ?? fields, more);
      writeMessage(entry, call.message);
      if (context !== undefined) writeContext(entry, context);
      if (mixin !== undefined) writeRest(entry, serialized(mixin, this.#serializers));
      for (const value of call.rest) writeRest(entry, value);
      if (note !== undefined) entry.text(NOTE, note);
      this.#output.write(Math.min(rank, DEBUG), entry);
    } catch (error) {
      attempt(() => this.#writeBare(rank, message, error));
    }
  }

  logLine(rank: number, line: FlatLine): boolean {
    if (rank > this.#lastRank()) return true;
    if (this.#mixin !== undefined || this.#serializers !== undefined || journalChannel.hasSubscribers) return false;
    return this.#output.writeLine?.(this.#start(rank), line, currentContext()) ?? false;
  }

  #readCall(first: unknown, second: unknown, more: readonly unknown[]): Call {
    const table = this.#serializers;
    return readCall(serialized(first, table), serialized(second, table), more);
  }

  #start(rank: number): W {
    this.#starts[rank] ??= this.#makeStart(rank);
    return this.#starts[rank];
  }

  #makeStart(rank: number): W {
    const start = this.#output.begin(this.#bound);
    start.text('PRIORITY', String(Math.min(rank, DEBUG)));
    if (rank === TRACE) start.text('LEVEL', 'trace');
    return start;
  }

  /** Writes the message without its fields, if memory or stack are too small for more. */
  #writeBare(rank: number, message: unknown, reason: unknown): void {
    const entry = this.#output.begin(this.#start(rank));
    entry.text('MESSAGE', attempt(() => messageText(message)) ?? unreadable(undefined));
    entry.text(NOTE, `the fields are lost: ${unreadable(reason)}`);
    this.#output.write(Math.min(rank, DEBUG), entry);
  }
}

function writeMessage(entry: FieldWriter, message: unknown): void {
  if (typeof message === 'string') entry.text('MESSAGE', withoutColors(message));
  else if (typeof message === 'object' && message !== null && isError(message)) writeErrorMessage(entry, message);
  else entry.text('MESSAGE', attempt(() => messageText(message, entry.budget)) ?? unreadable(undefined));
}

function writeRest(entry: FieldWriter, value: unknown): void {
  if (typeof value === 'object' && value !== null && isError(value)) writeErrorField(entry, 'ERROR', value);
  else if (value !== undefined && value !== null) writeFields(entry, value);
}

function serialized(value: unknown, table: SerializerTable | undefined): unknown {
  return table === undefined || typeof value !== 'object' || value === null ? value : table.apply(value);
}
