// The interface of a logger to the journal.
import type { Fields } from './field-value.ts';
import type { LevelName, Threshold } from './levels.ts';
import type { Serializers } from './serializers.ts';

/**
 * Writes one entry. A log call never throws.
 *
 * The message comes first, then its fields; pino's order, with the fields first, also works. If values follow the
 * message and it contains placeholders such as `%s`, they are filled in like `util.format` does.
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

/** The options of a child besides its fields. An option that is left out or undefined is inherited from the parent. */
export interface ChildOptions {
  /** The minimum level. Typed as text because frameworks pass it so; an unknown level is refused. */
  readonly level?: Threshold | (string & {}) | undefined;
  /** Functions that transform a value before it is written, by its key. The parent's serializers also apply. */
  readonly serializers?: Serializers | undefined;
}

/**
 * A logger to the systemd journal. Its log calls never throw, never block (unless `overflow` is `'block'`) and keep
 * their order.
 *
 * @see systemd.journal-fields(7)
 */
export interface Journal {
  /** True if entries go to journald with all their fields; false if they go to the fallback. */
  readonly connected: boolean;
  /**
   * The minimum level: less important entries are not written. Can be changed at any time. A child follows its parent
   * until its own level is set.
   * @throws TypeError `SD_ERR_INVALID_ARG` for an unknown level.
   */
  level: Threshold;
  /** How many entries were lost because too many were waiting, including those of children. */
  readonly dropped: number;
  /** Priority 0: the system is unusable. journald shows it to all logged-in users. */
  readonly emergency: LogMethod;
  /** Priority 1: act immediately. */
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
  /** Priority 5: normal, but significant. */
  readonly notice: LogMethod;
  /** Priority 6. */
  readonly info: LogMethod;
  /** Priority 7. */
  readonly debug: LogMethod;
  /** Priority 7, with the field `LEVEL=trace`. */
  readonly trace: LogMethod;
  /** Writes nothing. Exists because loggers that follow pino have it. */
  readonly silent: LogMethod;
  /**
   * Writes an entry with a level that is known only at run time; an unknown level is written as `'info'`, with a note.
   * If called like NestJS's logger, with a message but no level, writes the message as `'info'`.
   */
  log(level: LevelName, ...values: readonly unknown[]): void;
  log(level: LevelName, message: string | Error, fields?: Fields | Error): void;
  /**
   * Whether an entry of this level would be written.
   * @throws TypeError `SD_ERR_INVALID_ARG` for an unknown level.
   */
  isEnabled(level: Threshold): boolean;
  /**
   * Creates a logger that adds these fields to all its entries. The fields are encoded once, now.
   * @throws TypeError `SD_ERR_INVALID_ARG` for an unknown option.
   */
  child(fields: Fields, options?: ChildOptions): Journal;
  /**
   * Runs `work` and returns its result. Every entry logged in it, and in everything it awaits, gets these fields,
   * through any logger, adapter or captured console of the process. Runs can be nested: a field of the inner run
   * replaces the one of the outer run.
   *
   * @throws TypeError `SD_ERR_INVALID_ARG` if `work` is not a function; otherwise the error that `work` throws.
   * @example await log.run({ requestId }, () => handle(request, response));
   * @see AsyncLocalStorage in the documentation of Node
   */
  run<T>(fields: Fields, work: () => T): T;
  /** Resolves when everything logged before has been sent. Keeps the process alive until then. */
  flush(): Promise<void>;
  /**
   * Writes the waiting entries. Blocks for at most `timeout` milliseconds (default 1 000), or until journald has been
   * gone for a second. Returns whether everything was sent. Called automatically when the process exits.
   * @throws TypeError or RangeError `SD_ERR_INVALID_ARG` for an invalid timeout.
   */
  flushSync(timeout?: number): boolean;
  /**
   * Waits until everything was sent, or journald has been gone or has accepted nothing for a second, and closes the
   * socket. A later entry opens it again.
   */
  close(): Promise<void>;
}
