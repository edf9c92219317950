// Fast path for the lines of most pino calls, which hold short texts, numbers, booleans and null: they become entries
// without becoming objects. readLine() handles all other lines, with the same result. Test:
// test/adapters/pino-flat-line.test.ts. Pure.
import { rankOf } from '../journal/levels.ts';
import type { LineLogger } from '../journal/logger.ts';
import { HOSTNAME, type LineFormat, levelField } from './pino-line.ts';

interface LevelHead {
  /** How a line of this level starts. */
  readonly start: string;
  readonly rank: number;
}

/** The members that pino adds to each line, and the journal has already. */
const OWN = `,"pid":${process.pid},"hostname":${JSON.stringify(HOSTNAME)}`;
const TIME_DIGITS_MAX = 15;
const LINE_FEED = 10;
const QUOTE = 34;
const ZERO = 48;
const NINE = 57;
const CLOSE = 125;

export class FlatLines {
  readonly #journal: LineLogger;
  readonly #format: LineFormat;
  readonly #messageKey: string;
  readonly #heads = new Map<number, LevelHead | undefined>();

  constructor(journal: LineLogger, format: LineFormat) {
    this.#journal = journal;
    this.#format = format;
    this.#messageKey = `,${JSON.stringify(format.messageKey)}:`;
  }

  /** Writes the entry of a line with its line break; false for a line that readLine() must handle. */
  write(text: string, level: number): boolean {
    const head = this.#headOf(level);
    const end = text.length - 2;
    if (head === undefined || text.charCodeAt(end + 1) !== LINE_FEED || text.charCodeAt(end) !== CLOSE) return false;
    if (!text.startsWith(head.start)) return false;
    const time = timeEnd(text, head.start.length);
    if (time < 0) return false;
    const from = text.startsWith(OWN, time) ? time + OWN.length : time;
    const to = text.indexOf(this.#messageKey, from);
    const message = to + this.#messageKey.length;
    if (to < 0 || text.charCodeAt(message) !== QUOTE) return false;
    return this.#journal.logLine(head.rank, { text, from, to, message: message + 1, end });
  }

  #headOf(level: number): LevelHead | undefined {
    return this.#heads.get(level) ?? this.#makeHead(level);
  }

  #makeHead(number: number): LevelHead | undefined {
    const { level, fields } = levelField(number, this.#format);
    const rank = rankOf(level);
    if (rank === undefined || Object.keys(fields).length > 0) return undefined;
    const head = { start: `{"level":${number},"time":`, rank };
    this.#heads.set(number, head);
    return head;
  }
}

/** The end of the digits; -1 if they are not a time. */
function timeEnd(text: string, from: number): number {
  let end = from;
  for (let code = text.charCodeAt(end); code >= ZERO && code <= NINE; code = text.charCodeAt(end)) end += 1;
  return end === from || end - from > TIME_DIGITS_MAX ? -1 : end;
}
