// Checks of what callers pass, for every public function: a misspelled key or a wrong type is told by its name.
import { types } from 'node:util';
import { invalidRange, invalidType, isList, quote } from './errors.ts';

/** `value` must be an object whose keys are all among `known`. */
export function checkKeys(what: string, value: unknown, known: Readonly<Record<string, unknown>>): void {
  for (const key of keysOf(what, checkObject(what, value))) {
    if (!Object.hasOwn(known, key)) throw invalidType(`${what} cannot have a key ${quote(key)}`);
  }
}

/** The keys of an object that a caller passes, which may be a proxy. */
export function keysOf(what: string, value: object): readonly string[] {
  try {
    return Object.keys(value);
  } catch (error) {
    throw unreadable(what, error);
  }
}

/** What `read` returns; what it throws is the caller's mistake. */
export function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(what, error);
  }
}

/** A member of an object that a caller passes: without a closure, for what is called often. */
export function memberOf(what: string, value: Readonly<Record<string, unknown>>, key: string): unknown {
  try {
    return value[key];
  } catch (error) {
    throw unreadable(`${what}: ${key}`, error);
  }
}

/** A proxy that is revoked, or a getter that throws. */
function unreadable(what: string, cause: unknown): Error {
  return Object.assign(invalidType(`${what} cannot be read`), { cause });
}

/** A copy: read once, so that what was checked is what is used; without what a program has put into Object.prototype. */
export function ownMembers<T extends object>(what: string, value: T): T {
  return readable(what, () => Object.assign(Object.create(null), value) as T); // a copy of it
}

/** The own members of options whose keys must all be among `known`. */
export function ownOptions<T extends object>(what: string, options: T, known: Readonly<Record<string, unknown>>): T {
  checkKeys(what, options, known);
  return ownMembers(what, options);
}

/** What has a key for each byte or character, which may be millions, is none. */
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

/** What a process id and a descriptor can be. */
export const INT32_MAX = 2_147_483_647;

/** How long to wait, in milliseconds; Infinity is allowed. */
export function checkTimeout(what: string, value: unknown, preset: number): number {
  return value === undefined ? preset : checkNumber(what, value, 0, Number.POSITIVE_INFINITY);
}
