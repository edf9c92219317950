// JSON of any object at all: cycles, getters that throw, proxies, big integers, Maps. What JSON has a form for looks as
// JSON.stringify would write it. How much of it is written is up to the budget of its entry.
import { types } from 'node:util';
import { Budget } from './budget.ts';
import { isError, readError } from './error-chain.ts';
import { attempt, unreadable } from './unreadable.ts';
import { byteLength, firstOf } from './value-bytes.ts';

const DEPTH_MAX = 32;
/** What stands for what is left out. */
const LEFT_OUT = '[…]';
/** What the digits of an error's parts cost beside their text. */
const ERROR_STEPS = 20;
/** A larger number takes too long to put into decimal digits: the time grows faster than their number. */
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
    return unreadable(error); // text that is too long for a string, or no stack left
  }
}

/** As much of an object as an entry may have, as plain data that JSON.stringify and util.inspect can be given. */
export function boundedCopy(value: object): unknown {
  return copy(value, { above: [], budget: new Budget() });
}

/** The value as plain data. */
function copy(value: unknown, walk: Walk): unknown {
  if (typeof value === 'object') return value === null ? null : copyObject(value, walk);
  if (typeof value === 'string') return walk.budget.text(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined) return value;
  return walk.budget.text(scalarText(value));
}

/** What is no object, as text. */
export function scalarText(value: unknown): string {
  if (typeof value === 'bigint') return bigintText(value);
  return typeof value === 'function' ? functionText(value) : String(value);
}

function bigintText(value: bigint): string {
  return BigInt.asIntN(BIGINT_BITS_MAX, value) === value ? String(value) : `[more than ${BIGINT_BITS_MAX} bits]`;
}

/** A function has no value to write: its name tells which one it is. */
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
  const size = byteLength(bytes) === 0 ? new Uint8Array(bytes).length : byteLength(bytes); // one given away throws
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

/** As many items as can be written, and one that tells that there are more. */
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
  // Without a prototype, so that a key `__proto__` is a key like any other.
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
 * The names of what can be read of an object. A proxy is asked for its keys once, and of each that may be written whether
 * it is enumerable; Object.keys() would ask for all of them.
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
