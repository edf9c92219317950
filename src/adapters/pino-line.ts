// One line of pino: the JSON that its serializers, redaction, formatters and bindings have made of a call. The objects of
// the call itself would be at hand in the same process, but they hold what redaction has taken out.
import { hostname } from 'node:os';
import { attempt } from '../journal/unreadable.ts';
import { type Entry, emptyFields, isRecord, LEVEL_FIELD, merge } from './entry.ts';
import { levelOfName, levelOfNumber, tellsMore } from './level-names.ts';
import type { Priorities } from './options.ts';
import { isSerializedError, writeSerializedError } from './pino-error.ts';

/** How the lines of a logger are made. */
export interface LineFormat {
  readonly messageKey: string;
  readonly errorKey: string;
  readonly nestedKey: string | undefined;
  /** The names of its levels. */
  readonly labels: Readonly<Record<number, string>>;
  readonly priorities: Priorities;
}

/** pino writes the level first and the time next, before everything that a call may name the same. */
const HEAD = /^\{"([^"\\]+)":(-?[\d.]+|"[^"\\]*")(?:,"time":(-?[\d.]+|"[^"\\]*"))?/;
const HOSTNAME = hostname();

interface Head {
  readonly key: string | undefined;
  readonly value: unknown;
  readonly time: unknown;
}

/**
 * What the line says. One that is no JSON object is the message as it is.
 *
 * @param level the number of the level, where pino has told it besides
 */
export function readLine(line: string, format: LineFormat, level?: number): Entry {
  const object = parse(quoteLongNumbers(line));
  if (!isRecord(object)) return { ...levelField(level, format), message: line };
  const head = readHead(line);
  const { level: journalLevel, fields: told } = levelField(level ?? levelValue(object, head), format);
  dropOwn(object, head);
  const fields = emptyFields();
  merge(fields, told);
  const message = takeMessage(object, format);
  writeFields(fields, object, format);
  return { level: journalLevel, message: message ?? messageFor(object, fields, format), fields };
}

/** Numbers that a double cannot hold keep their digits, as text. */
function quoteLongNumbers(line: string): string {
  if (!/\d{16}/.test(line)) return line;
  return line.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') || String(Number(token)) === token ? token : `"${token}"`,
  );
}

function readHead(line: string): Head {
  const match = HEAD.exec(line);
  return { key: match?.[1], value: parse(match?.[2]), time: parse(match?.[3]) };
}

function parse(json: string | undefined): unknown {
  return json === undefined ? undefined : attempt(() => JSON.parse(json) as unknown);
}

/** A formatter may give the level another name, and a key of that name may come first without being one. */
function levelValue(object: Readonly<Record<string, unknown>>, { key, value }: Head): unknown {
  if (key === 'level') return value;
  if (object.level !== undefined) return object.level;
  return typeof value === 'string' && levelOfName(value) !== undefined ? value : undefined;
}

function levelField(value: unknown, { labels, priorities }: LineFormat): Pick<Entry, 'level' | 'fields'> {
  const name = typeof value === 'number' ? labels[value] : typeof value === 'string' ? value : undefined;
  const byName = name === undefined ? undefined : (priorities[name] ?? levelOfName(name));
  const level = byName ?? (typeof value === 'number' ? levelOfNumber(value) : 'info');
  if (name !== undefined) return { level, fields: tellsMore(name) ? { [LEVEL_FIELD]: name } : {} };
  return { level, fields: typeof value === 'number' ? { [LEVEL_FIELD]: value } : {} };
}

/** The journal has level, time, process and host of its own. A value that is not pino's stays. */
function dropOwn(object: Record<string, unknown>, head: Head): void {
  if (head.key !== 'level' || object.level === head.value) delete object.level;
  if (head.time !== undefined && object.time === head.time) delete object.time;
  if (object.pid === process.pid) delete object.pid;
  if (object.hostname === HOSTNAME) delete object.hostname;
}

function takeMessage(object: Record<string, unknown>, { messageKey }: LineFormat): string | undefined {
  if (!Object.hasOwn(object, messageKey)) return undefined;
  const value = object[messageKey];
  delete object[messageKey];
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function writeFields(
  fields: Record<string, unknown>,
  object: Readonly<Record<string, unknown>>,
  format: LineFormat,
): void {
  for (const [key, value] of Object.entries(object)) {
    if (key === format.nestedKey && isRecord(value)) writeFields(fields, value, { ...format, nestedKey: undefined });
    else if (isSerializedError(value, key === format.errorKey)) writeSerializedError(fields, key, value);
    else merge(fields, { [key]: value });
  }
}

/** An entry without a message is hard to read in journalctl: the error's, or all there is. */
function messageFor(
  object: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, unknown>>,
  { errorKey }: LineFormat,
): string {
  const error = fields[errorKey];
  if (error instanceof Error) return error.message;
  return Object.keys(object).length === 0 ? '' : JSON.stringify(object);
}
