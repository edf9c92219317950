// One info of winston, after the formats of its logger. Formats like json() and printf() store a text under
// Symbol.for('message'), for outputs without fields; here every property becomes a field. Pure.
import { ownEntry } from '../arguments.ts';
import { isError } from '../journal/error-facts.ts';
import { errorOf, headingOf } from '../journal/error-like.ts';
import { addField, addFields, isRecord } from '../journal/field-object.ts';
import { messageText } from '../journal/field-value.ts';
import type { Level } from '../journal/levels.ts';
import { attempt, unreadable } from '../journal/unreadable.ts';
import { type AdapterEntry, LEVEL_FIELD } from './entry.ts';
import { levelOfName, needsLevelField } from './level-names.ts';
import type { Priorities } from './options.ts';

// Symbols of the package triple-beam, which all winston packages share.
export const LEVEL: unique symbol = Symbol.for('level');
const MESSAGE = Symbol.for('message');
export const SPLAT: unique symbol = Symbol.for('splat');

export interface InfoFormat {
  /** The properties below this key become fields: the key of format.metadata(). */
  readonly nestedKey: string;
  /** The levels of the logger by name, the most important first. */
  readonly levels: Readonly<Record<string, number>>;
  readonly priorities: Priorities;
}

/** Properties that the journal stores elsewhere: PRIORITY, MESSAGE. */
const OWN = new Set(['level', 'message']);
/** Properties that ERROR_STACK and similar fields contain. */
const OF_ERROR = new Set(['name', 'stack', 'cause', 'code', 'errno', 'syscall', 'errors']);
/** Properties that winston adds to an uncaught exception. The journal has them from the error and from journald. */
const OF_EXCEPTION = new Set(['stack', 'trace', 'date']);

export function readInfo(info: object, format: InfoFormat): AdapterEntry {
  const read = (key: string | symbol): unknown => readKey(info, key);
  const name = levelName(read);
  const fields: Record<string, unknown> = {};
  if (needsLevelField(name)) fields[LEVEL_FIELD] = name;
  const error = errorIn(info, read);
  const known = isUncaught(read) ? isOfException : isOfError;
  for (const key of attempt(() => Object.keys(info)) ?? []) {
    const value = read(key);
    if (OWN.has(key) || known(key, value, error)) continue;
    if (key === format.nestedKey && isRecord(value)) addFields(fields, value);
    else addField(fields, key, value);
  }
  if (error !== undefined && error !== info) addOwn(fields, error);
  return { level: levelFor(name, format), ...messageAndError(read, fields, error) };
}

function readKey(info: object, key: string | symbol): unknown {
  try {
    return (info as Record<string | symbol, unknown>)[key];
  } catch (error) {
    return unreadable(error);
  }
}

type ReadProperty = (key: string | symbol) => unknown;

/** Adds further properties of an error, if winston has not copied them to the info. */
function addOwn(fields: Record<string, unknown>, error: Error): void {
  for (const key of attempt(() => Object.keys(error)) ?? []) {
    if (!OWN.has(key) && !OF_ERROR.has(key) && !Object.hasOwn(fields, key)) addField(fields, key, readKey(error, key));
  }
}

/** `level` may contain colours. */
function levelName(read: ReadProperty): string {
  const name = read(LEVEL) ?? read('level');
  return typeof name === 'string' ? name : 'info';
}

/** An unknown level counts as the next known one of the logger. */
function levelFor(name: string, { levels, priorities }: InfoFormat): Level {
  const level = ownEntry(priorities, name) ?? levelOfName(name);
  if (level !== undefined) return level;
  const rank = ownEntry(levels, name) ?? Number.POSITIVE_INFINITY;
  const below = Object.entries(levels).filter(([other, at]) => at > rank && isKnown(other, priorities));
  below.sort(([, one], [, other]) => one - other);
  const next = below[0]?.[0] ?? 'info';
  return ownEntry(priorities, next) ?? levelOfName(next) ?? 'info';
}

function isKnown(name: string, priorities: Priorities): boolean {
  return ownEntry(priorities, name) !== undefined || levelOfName(name) !== undefined;
}

/** The error of the entry: the info, its message, an uncaught error, an argument, or restored from a stack. */
function errorIn(info: object, read: ReadProperty): Error | undefined {
  const splat = read(SPLAT);
  const error =
    asError(info) ??
    asError(read('message')) ??
    (isUncaught(read) ? asError(read('error')) : undefined) ??
    (Array.isArray(splat) ? firstError(splat) : undefined);
  if (error !== undefined) return error;
  const stack = read('stack');
  return typeof stack === 'string' ? restore(stack, read) : undefined;
}

function firstError(values: readonly unknown[]): Error | undefined {
  for (const value of values) {
    const error = asError(value);
    if (error !== undefined) return error;
  }
  return undefined;
}

function asError(value: unknown): Error | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return isError(value) ? (value as Error) : undefined; // isError has checked it
}

/** format.errors({ stack: true }) and child loggers keep an error's stack and own properties. */
function restore(stack: string, read: ReadProperty): Error {
  const { name, message } = headingOf(stack);
  return errorOf({
    name,
    message,
    stack,
    code: read('code'),
    errno: read('errno'),
    syscall: read('syscall'),
    cause: read('cause'),
  });
}

/** winston copies the properties of an error to the info. */
function isOfError(key: string, value: unknown, error: Error | undefined): boolean {
  if (error === undefined || !OF_ERROR.has(key)) return false;
  return attempt(() => (error as unknown as Record<string, unknown>)[key] === value) ?? false;
}

function isOfException(key: string, value: unknown, error: Error | undefined): boolean {
  return OF_EXCEPTION.has(key) || (key === 'error' && value === error);
}

function isUncaught(read: ReadProperty): boolean {
  return read('exception') === true || read('rejection') === true;
}

function messageAndError(
  read: ReadProperty,
  fields: Record<string, unknown>,
  error: Error | undefined,
): Pick<AdapterEntry, 'message' | 'fields'> {
  const message = read('message') ?? undefined;
  if (error !== undefined && (message === undefined || [error, error.message, ''].includes(message as string))) {
    return { message: error, fields };
  }
  if (error !== undefined) addField(fields, 'error', error);
  if (isRecord(message)) addFields(fields, message);
  const text = messageText(message ?? read(MESSAGE) ?? (Object.keys(fields).length === 0 ? '' : fields));
  return { message: withoutStack(text, error), fields };
}

/** winston appends the stack to the message of an exception; here it is a field. */
function withoutStack(text: string, error: Error | undefined): string {
  const end = `\n${error?.stack ?? ''}`;
  return end !== '\n' && text.endsWith(end) ? text.slice(0, -end.length) : text;
}
