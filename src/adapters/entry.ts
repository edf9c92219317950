// What an adapter makes of one call of its logger.
import { MESSAGE_ID_KEY } from '../journal/field-name.ts';
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

/** Puts a field beside others; a name that is taken becomes a field with both values. No key sets MESSAGE_ID=. */
export function addField(fields: Record<string, unknown>, given: string, value: unknown): void {
  const key = given === MESSAGE_ID_KEY ? 'FIELD_MESSAGE_ID' : given;
  if (Object.hasOwn(fields, key)) fields[key] = [fields[key], value].flat();
  else if (key !== '__proto__') fields[key] = value;
  // A key like any other, but not for an assignment.
  else Object.defineProperty(fields, key, { value, enumerable: true, writable: true, configurable: true });
}

export function addFields(fields: Record<string, unknown>, more: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(more)) addField(fields, key, more[key]);
}
