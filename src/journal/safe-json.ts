// JSON of any object at all: cycles, getters that throw, proxies, big integers, Maps. What JSON has a form for looks as
// JSON.stringify would write it.
import { types } from 'node:util';
import { isError, readError } from './error-chain.ts';
import { attempt, unreadable } from './unreadable.ts';

const DEPTH_MAX = 32;
/** A graph of shared objects may be a tree of astronomical size: so many of its nodes are written, and no more. */
const NODES_MAX = 100_000;

interface Walk {
  readonly above: object[];
  nodes: number;
}

/** Never throws. */
export function safeJson(value: unknown): string {
  try {
    return JSON.stringify(copy(value, { above: [], nodes: 0 })) ?? 'null';
  } catch (error) {
    return unreadable(error); // text that is too long for a string, or no stack left
  }
}

/** The value as plain data. */
function copy(value: unknown, walk: Walk): unknown {
  if (typeof value === 'object') return value === null ? null : copyObject(value, walk);
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  return typeof value === 'function' ? functionText(value) : value;
}

/** A function has no value to write: its name tells which one it is. */
export function functionText(value: unknown): string {
  const name = attempt(() => (value as { name?: unknown }).name);
  return typeof name === 'string' && name !== '' ? `[Function: ${name}]` : '[Function]';
}

function copyObject(value: object, walk: Walk): unknown {
  walk.nodes += 1;
  if (walk.above.includes(value)) return '[Circular]';
  if (walk.above.length >= DEPTH_MAX || walk.nodes > NODES_MAX) return '[…]';
  walk.above.push(value);
  try {
    return copyContent(value, walk);
  } catch (error) {
    return unreadable(error);
  } finally {
    walk.above.pop();
  }
}

function copyContent(value: object, walk: Walk): unknown {
  if (Array.isArray(value)) return copyItems(value, walk);
  if (types.isUint8Array(value)) return Buffer.from(new Uint8Array(value)).toString('base64');
  if (types.isDate(value)) return dateText(value);
  if (types.isMap(value)) return copyMap(value, walk);
  if (types.isSet(value)) return copyItems(first(value), walk);
  if (types.isTypedArray(value)) return copyItems(value, walk);
  if (types.isRegExp(value)) return String(value);
  if (types.isBoxedPrimitive(value)) return copy(value.valueOf(), walk);
  if (isError(value)) return { ...readError(value), cause: undefined, errors: undefined };
  const { toJSON } = value as { toJSON?: unknown };
  return typeof toJSON === 'function' ? copy(toJSON.call(value, ''), walk) : copyProperties(value, walk);
}

/** An invalid date has no ISO form. */
export function dateText(date: Date): string {
  return Number.isNaN(Date.prototype.getTime.call(date)) ? 'Invalid Date' : Date.prototype.toISOString.call(date);
}

function copyItems(items: ArrayLike<unknown>, walk: Walk): unknown[] {
  const copies: unknown[] = [];
  for (let index = 0; index < items.length && walk.nodes <= NODES_MAX; index += 1) {
    walk.nodes += 1;
    copies.push(copyProperty(items, index, walk) ?? null);
  }
  return copies;
}

/** As many items as will be written in any case. */
function first<T>(items: Iterable<T>): T[] {
  const taken: T[] = [];
  for (const item of items) {
    if (taken.length === NODES_MAX) break;
    taken.push(item);
  }
  return taken;
}

function copyMap(map: ReadonlyMap<unknown, unknown>, walk: Walk): unknown {
  const entries = first(map);
  if (entries.some(([key]) => typeof key !== 'string')) return copyItems(entries, walk);
  return copyProperties(Object.fromEntries(entries), walk);
}

function copyProperties(value: object, walk: Walk): unknown {
  // Without a prototype, so that a key `__proto__` is a key like any other.
  const copies = Object.create(null) as Record<string, unknown>; // it is empty
  for (const key of Object.keys(value)) {
    if (walk.nodes > NODES_MAX) break;
    walk.nodes += 1;
    copies[key] = copyProperty(value, key, walk);
  }
  return copies;
}

function copyProperty(value: object, key: string | number, walk: Walk): unknown {
  try {
    return copy((value as Record<string | number, unknown>)[key], walk);
  } catch (error) {
    return unreadable(error);
  }
}
