// What a logger to the journal can do.
import type { Fields } from './field-value.ts';
import type { LevelName, Threshold } from './levels.ts';
import type { Serializers } from './serializers.ts';

/**
 * Writes one entry. A log call never throws.
 *
 * The message comes first, and its fields second; the order of pino, with the fields first, is understood as well. Where
 * values come behind the message, and it has placeholders such as `%s`, they are filled in as `util.format` does.
 *
 * @example
 * log.info('order placed', { orderId: 4711 });
 * log.info({ orderId: 4711 }, 'order placed');
 * log.error('no answer of the bank', error);
 * log.error(error, 'no answer of the bank');
 * log.info('took %d ms', 12);
 */
export interface LogMethod {
  (fields: Fields | Error, message?: string, ...values: readonly unknown[]): void;
  (message: string, ...values: readonly unknown[]): void;
  (message: string | Error, fields?: Fields | Error): void;
}

/** What a child has of its own beside its fields; what is left out, or undefined, it has from its parent. */
export interface ChildOptions {
  /** Which entries it writes. Text in general by its type, as frameworks pass it; what is no level is refused. */
  readonly level?: Threshold | (string & {}) | undefined;
  /** What is made of a value before it is written, by the key that the value has. Those of the parent count as well. */
  readonly serializers?: Serializers | undefined;
}

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
  level: Threshold;
  /** How many entries were lost because too many were waiting, those of children included. */
  readonly dropped: number;
  /** Priority 0: the system is unusable. journald shows it to everybody who is logged in. */
  readonly emergency: LogMethod;
  /** Priority 1: somebody has to act at once. */
  readonly alert: LogMethod;
  /** Priority 2. */
  readonly critical: LogMethod;
  /** Priority 2, as `critical`. */
  readonly fatal: LogMethod;
  /** Priority 3. */
  readonly error: LogMethod;
  /** Priority 4. */
  readonly warning: LogMethod;
  /** Priority 4, as `warning`. */
  readonly warn: LogMethod;
  /** Priority 5: normal, but worth a look. */
  readonly notice: LogMethod;
  /** Priority 6. */
  readonly info: LogMethod;
  /** Priority 7. */
  readonly debug: LogMethod;
  /** Priority 7, with the field `LEVEL=trace`. */
  readonly trace: LogMethod;
  /** Writes nothing. Loggers that follow pino have it. */
  readonly silent: LogMethod;
  /**
   * Writes an entry with a level that is known only at run time; one that is no level is written as `'info'`, with a note.
   * Called as the logger of NestJS is, with a message and no level, it writes the message as `'info'`.
   */
  log(level: LevelName, ...values: readonly unknown[]): void;
  log(level: LevelName, message: string | Error, fields?: Fields | Error): void;
  /**
   * Whether an entry of this level would be written.
   * @throws TypeError `SD_ERR_INVALID_ARG` for anything that is no level.
   */
  isEnabled(level: Threshold): boolean;
  /**
   * A logger whose entries all have these fields, too. They are encoded now, once.
   * @throws TypeError `SD_ERR_INVALID_ARG` for an option that it does not take.
   */
  child(fields: Fields, options?: ChildOptions): Journal;
  /**
   * Runs `work`, and returns what it returns. Every entry that is logged in it, and in all that it awaits, has these fields,
   * through whichever logger, adapter or captured console of the process. Runs may be nested: a field of the inner one
   * replaces that of the outer one.
   *
   * @throws TypeError `SD_ERR_INVALID_ARG` where `work` is no function; else whatever `work` throws.
   * @example await log.run({ requestId }, () => handle(request, response));
   * @see AsyncLocalStorage in the documentation of Node
   */
  run<T>(fields: Fields, work: () => T): T;
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
