// Parses the arguments of a log call, in any of the orders that programs use:
//
//   log.info('text', { fields })      log.info({ fields }, 'text')     log.info('took %d ms', 12)
//   log.error('text', error)          log.error(error, 'text')         log.error('text', stack, 'Context')
//
// The last one is NestJS's. Every argument is kept: one without a place becomes a field without a name. Pure.
import { format } from 'node:util';
import { heading, isError, readError } from './error-facts.ts';
import { errorOf, framesStart, headingOf } from './error-like.ts';
import { isRecord, readOnce } from './field-object.ts';
import { messageText } from './field-value.ts';
import { boundedCopy } from './safe-json.ts';
import { ERROR_KEY } from './serializers.ts';
import { attempt } from './unreadable.ts';

export interface Call {
  /** Text, or an error that is the message itself; any other value is written as text. */
  readonly message: unknown;
  /** Fields, errors, and other values. */
  readonly rest: readonly unknown[];
}

/** The placeholders of util.format. `%%` takes no value. */
const PLACEHOLDER = /%[sdifjoOc]/g;
const ESCAPED = /%%/g;
/** Placeholders that format an object; the others format text and numbers. */
const TAKES_OBJECT = /^%[joO]/;
/** The context of NestJS: the class name of the part that logs. */
const CONTEXT = /^[A-Z][\w$]{0,63}$/;

export function readCall(first: unknown, second: unknown, more: readonly unknown[]): Call {
  const values = second === undefined ? more : [second, ...more];
  if (typeof first === 'string') return withText(first, values);
  const isObject = typeof first === 'object' && first !== null;
  if (typeof second === 'string' && (isObject || first === undefined || first === null)) {
    const { message, rest } = withText(second, more);
    return { message, rest: isObject ? [first, ...rest] : rest };
  }
  if (!isRecord(first)) return { message: first, rest: named(values) };
  const { message, fields } = withoutText(first);
  return { message, rest: [fields, ...named(values)] };
}

/** Parses a call that starts with a text. */
function withText(text: string, values: readonly unknown[]): Call {
  const [first, ...others] = values;
  if (values.length === 0) return { message: text, rest: [] };
  const placeholders = text.includes('%') ? (text.replaceAll(ESCAPED, '').match(PLACEHOLDER) ?? []) : [];
  // A single object after a text is its fields: a percent sign in foreign text must not format them into the message.
  const areFields =
    isObject(first) && !isError(first) && !(others.length > 0 && TAKES_OBJECT.test(placeholders[0] ?? ''));
  const taken = areFields ? others : values;
  const filled = Math.min(placeholders.length, taken.length);
  if (filled === 0) return { message: text, rest: named(values) };
  const message = attempt(() => format(text, ...taken.slice(0, filled).map(forText)));
  if (message === undefined) return { message: text, rest: named(values) };
  // The message holds only part of an error, so the error also becomes fields.
  const errors = taken.slice(0, filled).filter((value) => isObject(value) && isError(value));
  return { message, rest: [...(areFields ? [first] : []), ...errors, ...named(taken.slice(filled))] };
}

/** Formats an error without its stack: the stack does not fit into one line, and it is also a field. */
function forText(value: unknown): unknown {
  if (!isObject(value)) return typeof value === 'bigint' ? messageText(value) : value;
  return isError(value) ? heading(readError(value)) : boundedCopy(value);
}

/** pino's `log.info({ … })`, with fields only. The message is their own text, or empty. */
function withoutText(given: Readonly<Record<string, unknown>>): { message: unknown; fields: object } {
  const fields = readOnce(given);
  const { msg: text, ...rest } = fields;
  if (typeof text === 'string') return { message: text, fields: rest };
  const error = Object.hasOwn(fields, ERROR_KEY) ? fields[ERROR_KEY] : undefined;
  return { message: isObject(error) && isError(error) ? readError(error).message : fields, fields };
}

/** The values that NestJS passes after a message: a stack, and the context as the last. */
function named(values: readonly unknown[]): readonly unknown[] {
  return values.map((value, index) => {
    if (typeof value !== 'string') return value;
    if (index === values.length - 1 && CONTEXT.test(value)) return { CONTEXT: value };
    return framesStart(value) >= 0 ? errorOf({ ...headingOf(value), stack: value }) : value;
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * Whether `log(first, …)` is a call by NestJS, which passes a message but no level. If `first` is an unknown word, it
 * is an invalid level, unless the last value is a class name.
 */
export function isNestCall(first: unknown, values: readonly unknown[]): boolean {
  if (isObject(first)) return true;
  if (typeof first !== 'string') return false;
  const last = values.at(-1);
  return values.length === 0 || !/^\w+$/.test(first) || (typeof last === 'string' && CONTEXT.test(last));
}
