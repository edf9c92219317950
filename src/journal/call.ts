// The arguments of a log call, in any of the orders that programs have for them:
//
//   log.info('text', { fields })      log.info({ fields }, 'text')     log.info('took %d ms', 12)
//   log.error('text', error)          log.error(error, 'text')         log.error('text', stack, 'Context')
//
// The last one is NestJS's. Nothing of a call is lost: what has no place is a field without a name. Pure.
import { format } from 'node:util';
import { heading, isError, readError } from './error-chain.ts';
import { errorOf, framesStart, headingOf } from './error-like.ts';
import { isRecord, readOnce } from './field-object.ts';
import { messageText } from './field-value.ts';
import { boundedCopy } from './safe-json.ts';
import { ERROR_KEY } from './serializers.ts';
import { attempt } from './unreadable.ts';

export interface Call {
  /** Text, or an error that is the message itself; anything else is written as text. */
  readonly message: unknown;
  /** Fields; errors; and values that are neither. */
  readonly rest: readonly unknown[];
}

/** The placeholders of util.format. `%%` takes no value. */
const PLACEHOLDER = /%[sdifjoOc]/g;
const ESCAPED = /%%/g;
/** What fills in an object, where the others fill in text and numbers. */
const TAKES_OBJECT = /^%[joO]/;
/** How NestJS calls the part of a program that logs: by the name of its class. */
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

/** A text, and what comes behind it. */
function withText(text: string, values: readonly unknown[]): Call {
  const [first, ...others] = values;
  if (values.length === 0) return { message: text, rest: [] };
  const placeholders = text.includes('%') ? (text.replaceAll(ESCAPED, '').match(PLACEHOLDER) ?? []) : [];
  // One object behind a text is its fields: a text with a percent sign from outside must not turn them into text.
  const areFields =
    isObject(first) && !isError(first) && !(others.length > 0 && TAKES_OBJECT.test(placeholders[0] ?? ''));
  const taken = areFields ? others : values;
  const filled = Math.min(placeholders.length, taken.length);
  if (filled === 0) return { message: text, rest: named(values) };
  const message = attempt(() => format(text, ...taken.slice(0, filled).map(forText)));
  if (message === undefined) return { message: text, rest: named(values) };
  // An error has more to tell than fits into the text.
  const errors = taken.slice(0, filled).filter((value) => isObject(value) && isError(value));
  return { message, rest: [...(areFields ? [first] : []), ...errors, ...named(taken.slice(filled))] };
}

/** In a line for people the stack of an error has no place, and it is a field besides. */
function forText(value: unknown): unknown {
  if (!isObject(value)) return typeof value === 'bigint' ? messageText(value) : value;
  return isError(value) ? heading(readError(value)) : boundedCopy(value);
}

/** pino's `log.info({ … })`: fields alone. Their text is the one that they have, or all there is. */
function withoutText(given: Readonly<Record<string, unknown>>): { message: unknown; fields: object } {
  const fields = readOnce(given);
  const { msg: text, ...rest } = fields;
  if (typeof text === 'string') return { message: text, fields: rest };
  const error = Object.hasOwn(fields, ERROR_KEY) ? fields[ERROR_KEY] : undefined;
  return { message: isObject(error) && isError(error) ? readError(error).message : fields, fields };
}

/** What NestJS passes behind a message: a stack, and the context last. */
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
 * Whether `log(first, …)` is a call of NestJS's, which passes a message and no level. A word in the place of the level is a
 * level that does not exist, unless the name of a class comes last.
 */
export function isNestCall(first: unknown, values: readonly unknown[]): boolean {
  if (isObject(first)) return true;
  if (typeof first !== 'string') return false;
  const last = values.at(-1);
  return values.length === 0 || !/^\w+$/.test(first) || (typeof last === 'string' && CONTEXT.test(last));
}
