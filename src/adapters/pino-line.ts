// One line of pino: JSON after its serializers, redaction, formatters and bindings. In the same process the original
// objects would be available, but they still contain the values that redaction removes. Pure.

import { hostname } from 'node:os';
import { ownEntry } from '../arguments.ts';
import { addSerializedError, isSerializedError } from '../journal/error-serialized.ts';
import { addField, isRecord } from '../journal/field-object.ts';
import type { Level } from '../journal/levels.ts';
import { attempt } from '../journal/unreadable.ts';
import { type AdapterEntry, LEVEL_FIELD } from './entry.ts';
import { levelOfName, levelOfNumber, needsLevelField } from './level-names.ts';
import type { Priorities } from './options.ts';

/** The format of a logger's lines. */
export interface LineFormat {
  readonly messageKey: string;
  readonly errorKey: string;
  readonly nestedKey: string | undefined;
  /** The names of its levels. */
  readonly labels: Readonly<Record<number, string>>;
  readonly priorities: Priorities;
}

/** pino writes the level first and then the time, before any key of a call that may have the same name. */
const HEAD = /^\{"([^"\\]+)":(-?[\d.]+|"[^"\\]*")(?:,"time":(-?[\d.]+|"[^"\\]*"))?/;
export const HOSTNAME: string = hostname();

type JsonObject = Readonly<Record<string, unknown>>;

interface LineHead {
  readonly key: string | undefined;
  readonly value: unknown;
  readonly time: unknown;
}

/**
 * Parses a line. If it is not a JSON object, the line is the message.
 *
 * @param level the number of the level, if pino has passed it separately
 */
export function readLine(line: string, format: LineFormat, level?: number): AdapterEntry {
  const parsed = parse(line);
  if (!isRecord(parsed)) return { ...levelField(level, format), message: line };
  const object = LONG_NUMBER.test(line) ? (parse(quoteLongNumbers(line)) as typeof parsed) : parsed; // it is JSON
  const head = readHead(line);
  const { level: journalLevel, fields } = levelField(level ?? levelValue(object, head), format);
  addLine(fields, object, head, format);
  return { level: journalLevel, message: messageOf(object, fields, head, format), fields };
}

const LONG_NUMBER = /\d{16}/;

/**
 * Quotes numbers that a double cannot represent, so that they keep their digits. Only for valid JSON: in other text an
 * unclosed quotation mark would be searched to the end, again and again.
 */
function quoteLongNumbers(json: string): string {
  let quoted = '';
  let at = 0;
  while (at < json.length) {
    const open = json.indexOf('"', at);
    const end = open < 0 ? json.length : open;
    quoted += json.slice(at, end).replace(/-?\d[\d.eE+-]*/g, quoteUnlessExact);
    at = open < 0 ? json.length : stringEnd(json, open + 1);
    quoted += json.slice(end, at);
  }
  return quoted;
}

function quoteUnlessExact(number: string): string {
  return String(Number(number)) === number ? number : `"${number}"`;
}

/** The offset after the quotation mark that ends the string. */
function stringEnd(json: string, from: number): number {
  let at = from;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

function readHead(line: string): LineHead {
  const match = HEAD.exec(line);
  return { key: match?.[1], value: parse(match?.[2]), time: parse(match?.[3]) };
}

function parse(json: string | undefined): unknown {
  return json === undefined ? undefined : attempt(() => JSON.parse(json) as unknown);
}

/** A formatter may rename the level, and another field with the name `level` may come first. */
function levelValue(object: JsonObject, { key, value }: LineHead): unknown {
  if (key === 'level') return value;
  if (object.level !== undefined) return object.level;
  return typeof value === 'string' && levelOfName(value) !== undefined ? value : undefined;
}

export interface LevelField {
  readonly level: Level;
  /** A new object. */
  readonly fields: Record<string, unknown>;
}

export function levelField(value: unknown, { labels, priorities }: LineFormat): LevelField {
  const name = typeof value === 'number' ? labels[value] : typeof value === 'string' ? value : undefined;
  const byName = name === undefined ? undefined : (ownEntry(priorities, name) ?? levelOfName(name));
  const level = byName ?? (typeof value === 'number' ? levelOfNumber(value) : 'info');
  if (name !== undefined) return { level, fields: needsLevelField(name) ? { [LEVEL_FIELD]: name } : {} };
  return { level, fields: typeof value === 'number' ? { [LEVEL_FIELD]: value } : {} };
}

function addLine(fields: Record<string, unknown>, object: JsonObject, head: LineHead, format: LineFormat): void {
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (key === format.messageKey || isOfJournal(key, value, head)) continue;
    if (key !== format.nestedKey || !isRecord(value)) addValue(fields, key, value, format);
    else for (const nested of Object.keys(value)) addValue(fields, nested, value[nested], format);
  }
}

/** The journal has its own level, time, process and host. Only pino's values are removed. */
function isOfJournal(key: string, value: unknown, head: LineHead): boolean {
  if (key === 'level') return head.key !== 'level' || value === head.value;
  if (key === 'time') return head.time !== undefined && value === head.time;
  return (key === 'pid' && value === process.pid) || (key === 'hostname' && value === HOSTNAME);
}

function addValue(fields: Record<string, unknown>, key: string, value: unknown, { errorKey }: LineFormat): void {
  if (isSerializedError(value, key === errorKey)) addSerializedError(fields, key, value);
  else addField(fields, key, value);
}

/** An entry without a message is hard to read in journalctl: then the error's message is used, or the whole line. */
function messageOf(
  object: JsonObject,
  fields: JsonObject,
  head: LineHead,
  { messageKey, errorKey }: LineFormat,
): string {
  if (Object.hasOwn(object, messageKey)) {
    const message = object[messageKey];
    return typeof message === 'string' ? message : JSON.stringify(message);
  }
  const error = fields[errorKey];
  if (error instanceof Error) return error.message;
  const own = Object.entries(object).filter(([key, value]) => !isOfJournal(key, value, head));
  return own.length === 0 ? '' : JSON.stringify(Object.fromEntries(own));
}
