// Validates the arguments of all public functions: the message names a misspelled key or a wrong type. Pure.
import { types } from 'node:util';
import { invalidRange, invalidType, isList, quote } from './errors.ts';

/** Throws unless `value` is an object and all its keys are in `known`. */
export function checkKeys(what: string, value: unknown, known: Readonly<Record<string, unknown>>): void {
  for (const key of keysOf(what, checkObject(what, value))) {
    if (!Object.hasOwn(known, key)) throw invalidType(`${what} cannot have a key ${quote(key)}`);
  }
}

/** The keys of an object from the caller, which may be a proxy. */
export function keysOf(what: string, value: object): readonly string[] {
  try {
    return Object.keys(value);
  } catch (error) {
    throw unreadable(what, error);
  }
}

/** The result of `read`; if it throws, the caller's argument is invalid. */
export function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(what, error);
  }
}

/** A member of an object from the caller. Without a closure, because it is called often. */
export function memberOf(what: string, value: Readonly<Record<string, unknown>>, key: string): unknown {
  try {
    return value[key];
  } catch (error) {
    throw unreadable(`${what}: ${key}`, error);
  }
}

/** The error for a revoked proxy, or a getter that throws. */
function unreadable(what: string, cause: unknown): Error {
  return Object.assign(invalidType(`${what} cannot be read`), { cause });
}

/** A copy: each member is read once, so that the validated value is used. Ignores additions to Object.prototype. */
export function ownMembers<T extends object>(what: string, value: T): T {
  return readable(what, () => Object.assign(Object.create(null), value) as T); // a copy of it
}

/** An entry of a table. Foreign names such as `constructor` are in every object, but not its own. */
export function ownEntry<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** The own members of options; throws if a key is not in `known`. */
export function ownOptions<T extends object>(what: string, options: T, known: Readonly<Record<string, unknown>>): T {
  checkKeys(what, options, known);
  return ownMembers(what, options);
}

/** Refuses arrays and lists, which may have millions of keys. */
export function checkObject(what: string, value: unknown): object {
  const isRecord = typeof value === 'object' && value !== null && !isList(value);
  if (isRecord && !ArrayBuffer.isView(value) && !types.isBoxedPrimitive(value)) return value;
  throw invalidType(`${what} must be an object, not ${quote(value)}`);
}

export function checkString(what: string, value: unknown): string {
  if (typeof value !== 'string') throw invalidType(`${what} must be a string, not ${quote(value)}`);
  return value;
}

export function checkBoolean(what: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidType(`${what} must be true or false, not ${quote(value)}`);
  return value;
}

export function checkFunction(what: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidType(`${what} must be a function, not ${quote(value)}`);
}

export function checkNumber(what: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number') throw invalidType(`${what} must be a number, not ${quote(value)}`);
  if (!(value >= min && value <= max)) throw invalidRange(`${what} must be in ${min}…${max}, not ${value}`);
  return value;
}

export function checkInteger(what: string, value: unknown, min: number, max: number): number {
  const number = checkNumber(what, value, min, max);
  if (!Number.isInteger(number)) throw invalidRange(`${what} must be a whole number, not ${number}`);
  return number;
}

export function checkOneOf<T extends string>(what: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw invalidType(`${what} must be one of ${allowed.join(', ')}, not ${quote(value)}`);
  return found;
}

/** The maximum of a process id and a descriptor. */
export const INT32_MAX = 2_147_483_647;

/** A timeout in milliseconds; Infinity is allowed. */
export function checkTimeout(what: string, value: unknown, preset: number): number {
  return value === undefined ? preset : checkNumber(what, value, 0, Number.POSITIVE_INFINITY);
}
