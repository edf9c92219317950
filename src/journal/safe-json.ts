// Converts any object to JSON: with cycles, throwing getters, proxies, big integers, Maps. Plain JSON values look like
// in JSON.stringify. The entry's budget limits the output. Pure.
import { types } from 'node:util';
import { Budget } from './budget.ts';
import { isError, readError } from './error-facts.ts';
import { attempt, unreadable } from './unreadable.ts';
import { byteLength, firstOf } from './value-bytes.ts';

const DEPTH_MAX = 32;
/** Marks an omission. */
const LEFT_OUT = '[…]';
/** Budget steps for an error, besides its text. */
const ERROR_STEPS = 20;
/** The time to convert a larger number to decimal digits grows too fast. */
const BIGINT_BITS_MAX = 16_384;

interface Walk {
  readonly above: object[];
  readonly budget: Budget;
}

/** Never throws. */
export function safeJson(value: unknown, budget: Budget): string {
  try {
    return JSON.stringify(copy(value, { above: [], budget })) ?? 'null';
  } catch (error) {
    return unreadable(error); // text too long for a string, or stack overflow
  }
}

/** A copy of an object, limited to an entry's budget, as plain data for JSON.stringify and util.inspect. */
export function boundedCopy(value: object): unknown {
  return copy(value, { above: [], budget: new Budget() });
}

/** Copies a value as plain data. */
function copy(value: unknown, walk: Walk): unknown {
  if (typeof value === 'object') return value === null ? null : copyObject(value, walk);
  if (typeof value === 'string') return walk.budget.text(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined) return value;
  return walk.budget.text(scalarText(value));
}

/** Converts a value other than an object to text. */
export function scalarText(value: unknown): string {
  if (typeof value === 'bigint') return bigintText(value);
  return typeof value === 'function' ? functionText(value) : String(value);
}

function bigintText(value: bigint): string {
  return BigInt.asIntN(BIGINT_BITS_MAX, value) === value ? String(value) : `[more than ${BIGINT_BITS_MAX} bits]`;
}

/** A function is shown by its name. */
function functionText(value: unknown): string {
  const name = attempt(() => (value as { name?: unknown }).name);
  return typeof name === 'string' && name !== '' ? `[Function: ${name}]` : '[Function]';
}

function copyObject(value: object, walk: Walk): unknown {
  if (walk.above.includes(value)) return '[Circular]';
  if (walk.above.length >= DEPTH_MAX || !walk.budget.spend(1)) return LEFT_OUT;
  walk.above.push(value);
  try {
    return copyContent(value, walk);
  } catch (error) {
    return walk.budget.text(unreadable(error));
  } finally {
    walk.above.pop();
  }
}

function copyContent(value: object, walk: Walk): unknown {
  if (Array.isArray(value)) return copyItems(value, walk);
  if (types.isUint8Array(value)) return base64(value, walk.budget);
  if (types.isDate(value)) return dateText(value);
  if (types.isMap(value)) return copyMap(value, walk);
  if (types.isSet(value)) return copyItems(first(value, walk.budget), walk);
  if (types.isTypedArray(value)) return copyItems(value, walk);
  if (types.isRegExp(value)) return walk.budget.text(String(value));
  if (types.isBoxedPrimitive(value)) return copy(value.valueOf(), walk);
  if (isError(value)) return copyError(value, walk);
  const { toJSON } = value as { toJSON?: unknown };
  return typeof toJSON === 'function' ? copy(toJSON.call(value, ''), walk) : copyProperties(value, walk);
}

function copyError(error: object, walk: Walk): unknown {
  if (!walk.budget.spend(ERROR_STEPS)) return LEFT_OUT;
  const { cause: _cause, errors: _errors, ...facts } = readError(error);
  return copyProperties(facts, walk);
}

function base64(bytes: Uint8Array, budget: Budget): string {
  const size = byteLength(bytes) === 0 ? new Uint8Array(bytes).length : byteLength(bytes); // throws if transferred
  const taken = budget.bytes(size);
  return Buffer.from(firstOf(bytes, taken)).toString('base64') + (taken < size ? '…' : '');
}

/** An invalid date has no ISO form. */
export function dateText(date: Date): string {
  return Number.isNaN(Date.prototype.getTime.call(date)) ? 'Invalid Date' : Date.prototype.toISOString.call(date);
}

function copyItems(items: ArrayLike<unknown>, walk: Walk): unknown[] {
  const copies: unknown[] = [];
  for (let index = 0; index < items.length; index += 1) {
    if (!walk.budget.spend(1)) {
      copies.push(LEFT_OUT);
      break;
    }
    copies.push(copyProperty(items, index, walk) ?? null);
  }
  return copies;
}

/** As many items as the budget allows, plus one that marks an omission. */
function first<T>(items: Iterable<T>, budget: Budget): T[] {
  const taken: T[] = [];
  for (const item of items) {
    taken.push(item);
    if (taken.length > budget.left) break;
  }
  return taken;
}

function copyMap(map: ReadonlyMap<unknown, unknown>, walk: Walk): unknown {
  const entries = first(map, walk.budget);
  if (entries.some(([key]) => typeof key !== 'string')) return copyItems(entries, walk);
  return copyProperties(Object.fromEntries(entries), walk);
}

function copyProperties(value: object, walk: Walk): unknown {
  // Without a prototype, so that `__proto__` is an ordinary key.
  const copies = Object.create(null) as Record<string, unknown>; // it is empty
  for (const key of keysOf(value, walk.budget)) {
    if (!walk.budget.spend(1)) {
      copies['…'] = LEFT_OUT;
      break;
    }
    const name = walk.budget.text(key);
    copies[name] = copyProperty(value, key, walk);
  }
  return copies;
}

/**
 * The enumerable keys of an object. A proxy gets one request for its keys, and one per key that may be written;
 * Object.keys() would make a request for every key.
 */
export function keysOf(value: object, budget: Budget): readonly string[] {
  if (!types.isProxy(value)) return Object.keys(value);
  const keys = Reflect.ownKeys(value);
  return keys.slice(0, budget.left + 1).filter((key): key is string => {
    return typeof key === 'string' && Object.prototype.propertyIsEnumerable.call(value, key);
  });
}

function copyProperty(value: object, key: string | number, walk: Walk): unknown {
  try {
    return copy((value as Record<string | number, unknown>)[key], walk);
  } catch (error) {
    return walk.budget.text(unreadable(error));
  }
}
