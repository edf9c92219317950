// The stream to which pino writes its lines, in the same process or in a worker thread.
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Journal, LineLogger } from '../journal/logger.ts';
import { closeInTime } from './close-in-time.ts';
import { writeEntry } from './entry.ts';
import { FlatLines } from './pino-flat-line.ts';
import { type LineFormat, readLine } from './pino-line.ts';

/** The format options that the user may set; pino provides the rest. */
export type ChosenFormat = Partial<Pick<LineFormat, 'messageKey' | 'errorKey' | 'nestedKey' | 'priorities'>>;

/** pino sets the level, object and message of each line on a destination with this key. */
const METADATA = Symbol.for('pino.metadata');

const LABELS: LineFormat['labels'] = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

type WriteCallback = (error: Error | null | undefined) => void;

export class PinoStream extends Writable {
  /** Set by pino before each complete line that it writes. */
  lastLevel: number | undefined = undefined;
  lastLogger: { readonly levels?: { readonly labels?: LineFormat['labels'] } } | undefined = undefined;
  readonly #journal: Journal;
  readonly #chosen: ChosenFormat;
  readonly #decoder = new StringDecoder('utf8');
  #format: LineFormat;
  /** The format of the logger that wrote last. */
  #childFormat: LineFormat | undefined;
  #flat: { readonly format: LineFormat; readonly lines: FlatLines } | undefined;
  /** The start of an incomplete line: a worker receives its lines in pieces. */
  #rest = '';

  constructor(journal: Journal, chosen: ChosenFormat = {}) {
    super({ decodeStrings: false });
    Object.defineProperty(this, METADATA, { value: true });
    this.#journal = journal;
    this.#chosen = chosen;
    this.#format = this.#formatOf({});
    this.on('message', (message: unknown) => this.configure(message));
  }

  /** Handles a message from pino to its destination; one kind describes the format of the lines. */
  configure(message: unknown): boolean {
    const { code, config } = (message ?? {}) as { code?: unknown; config?: unknown };
    if (code !== 'PINO_CONFIG' || typeof config !== 'object' || config === null) return false;
    this.#format = this.#formatOf(config);
    this.#childFormat = undefined;
    return true;
  }

  #formatOf({
    levels,
    messageKey,
    errorKey,
  }: {
    levels?: unknown;
    messageKey?: unknown;
    errorKey?: unknown;
  }): LineFormat {
    const { labels } = (levels ?? {}) as { labels?: LineFormat['labels'] };
    return {
      messageKey: this.#chosen.messageKey ?? (typeof messageKey === 'string' ? messageKey : 'msg'),
      errorKey: this.#chosen.errorKey ?? (typeof errorKey === 'string' ? errorKey : 'err'),
      nestedKey: this.#chosen.nestedKey,
      labels: { ...LABELS, ...labels },
      priorities: this.#chosen.priorities ?? {},
    };
  }

  /** A complete line skips the stream's queue, which costs as much as parsing the line. */
  override write(chunk: unknown, encoding?: BufferEncoding | WriteCallback, done?: WriteCallback): boolean {
    const direct = typeof chunk === 'string' && this.lastLevel !== undefined && encoding === undefined;
    if (!direct || !this.writable || this.writableLength > 0 || this.writableCorked > 0)
      return super.write(chunk, encoding as BufferEncoding, done); // also accepts a callback as the second argument
    this._write(chunk, 'utf8', () => undefined);
    return true;
  }

  override _write(chunk: string | Uint8Array, _encoding: string, done: () => void): void {
    const text = typeof chunk === 'string' ? chunk : this.#decoder.write(Buffer.from(chunk));
    const { lastLevel: level, lastLogger } = this;
    this.lastLevel = undefined;
    this.lastLogger = undefined;
    if (level === undefined) this.#takePiece(text);
    else this.#takeLine(text, this.#formatFor(lastLogger?.levels?.labels), level);
    done();
  }

  #takeLine(text: string, format: LineFormat, level: number): void {
    if (this.#flatLines(format)?.write(text, level) !== true) this.#log(withoutEnd(text), format, level);
  }

  #flatLines(format: LineFormat): FlatLines | undefined {
    if (this.#flat?.format !== format && isLineLogger(this.#journal))
      this.#flat = { format, lines: new FlatLines(this.#journal, format) };
    return this.#flat?.lines;
  }

  #takePiece(text: string): void {
    const lines = text.split('\n');
    const rest = lines.pop() ?? '';
    for (const line of lines) {
      this.#log(this.#rest + line, this.#format);
      this.#rest = '';
    }
    this.#rest += rest;
  }

  /** A child may have levels that its parent does not have. */
  #formatFor(labels: LineFormat['labels'] | undefined): LineFormat {
    if (labels === undefined) return this.#format;
    if (this.#childFormat?.labels !== labels) this.#childFormat = { ...this.#format, labels };
    return this.#childFormat;
  }

  #log(line: string, format: LineFormat, level?: number): void {
    if (line === '') return;
    writeEntry(
      this.#journal,
      () => readLine(line, format, level),
      () => line,
    );
  }

  #takeRest(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    this.#log(rest, this.#format);
  }

  /** For `logger.flush()`: calls back when everything logged before has been sent. */
  flush(flushed: (error?: Error) => void = () => undefined): void {
    this.#journal.flush().then(() => flushed(), flushed);
  }

  /** Writes the waiting entries; blocks for at most a second. pino calls it after a fatal entry. */
  flushSync(): void {
    this.#journal.flushSync();
  }

  override _final(done: () => void): void {
    this.#takeRest();
    closeInTime(this.#journal, done);
  }
}

function isLineLogger(journal: object): journal is LineLogger {
  return 'logLine' in journal;
}

function withoutEnd(text: string): string {
  if (!text.endsWith('\n')) return text;
  return text.slice(0, text.endsWith('\r\n') ? -2 : -1);
}
