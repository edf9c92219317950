// Fast path for a pino line that only contains texts without escapes, numbers, booleans and null: parses it without
// JSON.parse. readLine() handles all other lines, and returns the same result. Test: pino-flat-line.test.ts.
import type { AdapterEntry } from './entry.ts';
import { HOSTNAME, type LineFormat, levelField } from './pino-line.ts';

/** Characters that JSON escapes or forbids. */
const ESCAPED = /[\\\u0000-\u001f]/;
const HEAD = /^\{"level":(\d{1,9}),"time":\d{1,15}(?=[,}])/;
const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/;
const LITERALS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const CLOSE = 125;

/** Undefined for any other line. */
export function readFlatLine(line: string, format: LineFormat, level?: number): AdapterEntry | undefined {
  const head = ESCAPED.test(line) ? null : HEAD.exec(line);
  if (head === null) return undefined;
  const { level: journalLevel, fields } = levelField(level ?? Number(head[1]), format);
  let message: string | undefined;
  let skipped = '';
  let at = head[0].length;
  while (line.charCodeAt(at) === COMMA) {
    const keyEnd = line.indexOf('"', at + 2);
    if (line.charCodeAt(at + 1) !== QUOTE || keyEnd < 0 || line.charCodeAt(keyEnd + 1) !== COLON) return undefined;
    const key = line.slice(at + 2, keyEnd);
    const start = keyEnd + 2;
    const isText = line.charCodeAt(start) === QUOTE;
    const end = isText ? line.indexOf('"', start + 1) + 1 : tokenEnd(line, start);
    const value = isText ? line.slice(start + 1, end - 1) : primitive(line.slice(start, end));
    // A repeated key, or one with a special meaning.
    if (end === 0 || value === undefined || key in fields || key === 'level' || key === 'time') return undefined;
    if (key === format.messageKey) {
      if (message !== undefined || typeof value !== 'string') return undefined;
      message = value;
    } else if (key === 'pid' || key === 'hostname') {
      if (skipped.includes(key)) return undefined;
      skipped += key;
      if (value !== (key === 'pid' ? process.pid : HOSTNAME)) fields[key] = value;
    } else {
      fields[key] = value;
    }
    at = end;
  }
  if (message === undefined || at !== line.length - 1 || line.charCodeAt(at) !== CLOSE) return undefined;
  return { level: journalLevel, message, fields };
}

function tokenEnd(line: string, start: number): number {
  let end = start;
  for (let code = line.charCodeAt(end); code !== COMMA && code !== CLOSE && end < line.length; ) {
    end += 1;
    code = line.charCodeAt(end);
  }
  return end;
}

function primitive(token: string): number | boolean | null | undefined {
  return NUMBER.test(token) ? Number(token) : LITERALS.get(token);
}
