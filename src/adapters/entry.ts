// What an adapter makes of one call of its logger.
import type { Fields } from '../journal/field-value.ts';
import type { Level } from '../journal/levels.ts';
import type { Journal } from '../journal/logger.ts';
import { attempt } from '../journal/unreadable.ts';

export interface Entry {
  readonly level: Level;
  readonly message: string | Error;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log call never throws: where no entry can be made, out of the depth of its data or for want of memory, `bare` stays. */
export function writeEntry(journal: Journal, make: () => Entry, bare: () => string): void {
  const { level, message, fields } = attempt(make) ?? { level: 'info', message: attempt(bare) ?? '', fields: {} };
  journal.log(level, message, fields as Fields); // it takes any value at all
}

/** The field that names a level which its priority does not tell. */
export const LEVEL_FIELD = 'LEVEL';

/** Plain data: not an array, nor an instance of anything. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Fields to be filled in. Without a prototype, so that a key `__proto__` is a key like any other. */
export function emptyFields(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>; // it is empty
}

/** Puts fields beside others; a name that is taken becomes a field with both values. */
export function merge(fields: Record<string, unknown>, more: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(more)) {
    fields[key] = Object.hasOwn(fields, key) ? [fields[key], value].flat() : value;
  }
}
