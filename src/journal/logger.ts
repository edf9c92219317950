// The logger: decides whether an entry is written, and puts it together. A log call never throws.
import { checkOneOf, checkTimeout } from '../arguments.ts';
import { isError } from './error-chain.ts';
import { writeErrorMessage } from './error-fields.ts';
import { type Fields, messageText, writeFields } from './field-value.ts';
import { type FieldWriter, NOTE } from './field-writer.ts';
import { LEVELS, type Level, priorityOf } from './levels.ts';
import type { Output } from './output.ts';
import { attempt, unreadable } from './unreadable.ts';

/**
 * A logger to the systemd journal. Its log calls never throw, never block (unless `overflow` is `'block'`) and keep their
 * order.
 *
 * @see systemd.journal-fields(7)
 */
export interface Journal {
  /** Whether entries go to journald as they are; otherwise they go to the fallback. */
  readonly connected: boolean;
  /**
   * Entries that matter less are not written. May be changed at any time; a child follows its parent until it is given a
   * level of its own.
   * @throws TypeError `SD_ERR_INVALID_ARG` for anything that is no level.
   */
  level: Level;
  /** How many entries were lost because too many were waiting, those of children included. */
  readonly dropped: number;
  /** Priority 0: the system is unusable. journald shows it to everybody who is logged in. */
  emergency(message: string | Error, fields?: Fields): void;
  /** Priority 1: somebody has to act at once. */
  alert(message: string | Error, fields?: Fields): void;
  /** Priority 2. */
  critical(message: string | Error, fields?: Fields): void;
  /** Priority 3. */
  error(message: string | Error, fields?: Fields): void;
  /** Priority 4. */
  warning(message: string | Error, fields?: Fields): void;
  /** Priority 5: normal, but worth a look. */
  notice(message: string | Error, fields?: Fields): void;
  /** Priority 6. */
  info(message: string | Error, fields?: Fields): void;
  /** Priority 7. */
  debug(message: string | Error, fields?: Fields): void;
  /** Writes an entry with a level that is known only at run time; one that is no level is written as `'info'`, with a note. */
  log(level: Level, message: string | Error, fields?: Fields): void;
  /**
   * Whether an entry of this level would be written.
   * @throws TypeError `SD_ERR_INVALID_ARG` for anything that is no level.
   */
  isEnabled(level: Level): boolean;
  /** A logger whose entries all have these fields, too. They are encoded now, once. */
  child(fields: Fields): Journal;
  /** Resolves when everything logged before has left. Keeps the process alive until then. */
  flush(): Promise<void>;
  /**
   * Writes what waits, blocking for at most so many milliseconds (default 1 000), or until journald has been gone for a
   * second. Returns whether all of it has left. At the exit of the process it is called by itself.
   * @throws TypeError or RangeError `SD_ERR_INVALID_ARG` for a timeout that is no number of milliseconds.
   */
  flushSync(timeout?: number): boolean;
  /**
   * Waits until everything has left, or journald has been gone or has taken nothing for a second, and frees the socket.
   * An entry logged later opens it again.
   */
  close(): Promise<void>;
}

const FLUSH_MS = 1000;
const INFO = 6;

export class Logger<W extends FieldWriter> implements Journal {
  readonly #output: Output<W>;
  /** The fields that all entries have, and the same with each priority. */
  readonly #bound: W;
  readonly #starts: (W | undefined)[] = [];
  readonly #parent: Logger<W> | undefined;
  #threshold: number | undefined;

  constructor(output: Output<W>, bound: W, parent: Logger<W> | undefined, threshold: number | undefined) {
    this.#output = output;
    this.#bound = bound;
    this.#parent = parent;
    this.#threshold = threshold;
  }

  get connected(): boolean {
    return this.#output.connected;
  }

  get dropped(): number {
    return this.#output.dropped;
  }

  get level(): Level {
    return LEVELS[this.#maxPriority()] ?? 'debug';
  }

  set level(level: Level) {
    this.#threshold = LEVELS.indexOf(checkOneOf('journal: level', level, LEVELS));
  }

  /** That of the nearest ancestor that has a level of its own; the root has. */
  #maxPriority(): number {
    let threshold = this.#threshold;
    // Not by recursion: a chain of children may be longer than the stack is deep.
    for (let logger = this.#parent; threshold === undefined && logger !== undefined; logger = logger.#parent) {
      threshold = logger.#threshold;
    }
    return threshold ?? INFO;
  }

  emergency(message: string | Error, fields?: Fields): void {
    this.#write(0, message, fields);
  }

  alert(message: string | Error, fields?: Fields): void {
    this.#write(1, message, fields);
  }

  critical(message: string | Error, fields?: Fields): void {
    this.#write(2, message, fields);
  }

  error(message: string | Error, fields?: Fields): void {
    this.#write(3, message, fields);
  }

  warning(message: string | Error, fields?: Fields): void {
    this.#write(4, message, fields);
  }

  notice(message: string | Error, fields?: Fields): void {
    this.#write(5, message, fields);
  }

  info(message: string | Error, fields?: Fields): void {
    this.#write(INFO, message, fields);
  }

  debug(message: string | Error, fields?: Fields): void {
    this.#write(7, message, fields);
  }

  log(level: Level, message: string | Error, fields?: Fields): void {
    const priority = priorityOf(level);
    if (priority !== undefined) this.#write(priority, message, fields);
    else this.#write(INFO, message, fields, `unknown level ${attempt(() => messageText(level)) ?? ''}`);
  }

  isEnabled(level: Level): boolean {
    return LEVELS.indexOf(checkOneOf('journal: level', level, LEVELS)) <= this.#maxPriority();
  }

  child(fields: Fields): Journal {
    const bound = this.#output.bind(this.#bound);
    writeFields(bound, fields);
    return new Logger(this.#output, this.#output.freeze(bound), this, undefined);
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

  #write(priority: number, message: unknown, fields: unknown, note?: string): void {
    if (priority > this.#maxPriority()) return;
    try {
      const start = this.#start(priority);
      if (note === undefined && this.#output.writeShort?.(start, message, fields) === true) return;
      const entry = this.#output.begin(start);
      if (typeof message === 'string') entry.text('MESSAGE', message);
      else writeMessage(entry, message);
      if (fields !== undefined && fields !== null) writeFields(entry, fields);
      if (note !== undefined) entry.text(NOTE, note);
      this.#output.write(priority, entry);
    } catch (error) {
      attempt(() => this.#writeBare(priority, message, error));
    }
  }

  #start(priority: number): W {
    this.#starts[priority] ??= this.#makeStart(priority);
    return this.#starts[priority];
  }

  #makeStart(priority: number): W {
    const start = this.#output.begin(this.#bound);
    start.text('PRIORITY', String(priority));
    return start;
  }

  /** The message without its fields, where memory or stack do not suffice for more. */
  #writeBare(priority: number, message: unknown, reason: unknown): void {
    const entry = this.#output.begin(this.#start(priority));
    entry.text('MESSAGE', attempt(() => messageText(message)) ?? unreadable(undefined));
    entry.text(NOTE, `the fields are lost: ${unreadable(reason)}`);
    this.#output.write(priority, entry);
  }
}

function writeMessage(entry: FieldWriter, message: unknown): void {
  if (typeof message === 'object' && message !== null && isError(message)) writeErrorMessage(entry, message);
  else entry.text('MESSAGE', attempt(() => messageText(message)) ?? unreadable(undefined));
}
