// Checks of what callers pass, for every public function: a misspelled key or a wrong type is told by its name.
import { invalidRange, invalidType, quote } from './errors.ts';

/** `value` must be an object whose keys are all among `known`. */
export function checkKeys(what: string, value: unknown, known: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(checkObject(what, value))) {
    if (!Object.hasOwn(known, key)) throw invalidType(`${what} cannot have a key ${quote(key)}`);
  }
}

/** A copy: read once, so that what was checked is what is used; without what a program has put into Object.prototype. */
export function ownMembers<T extends object>(value: T): T {
  return Object.assign(Object.create(null), value);
}

/** The own members of options whose keys must all be among `known`. */
export function ownOptions<T extends object>(what: string, options: T, known: Readonly<Record<string, unknown>>): T {
  checkKeys(what, options, known);
  return ownMembers(options);
}

export function checkObject(what: string, value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
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
