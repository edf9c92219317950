// Fields put together in an object, before they are written.
import { STEPS_MAX } from './budget.ts';
import { MESSAGE_ID_KEY } from './field-name.ts';
import { unreadable } from './unreadable.ts';

const FLAT_MAX = 100;

/** Plain data: not an array, nor an instance of anything. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The properties as they are now, as many as an entry may have: each getter is called once. */
export function readOnce(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields = Object.create(null) as Record<string, unknown>; // it is empty
  for (const key of Object.keys(given).slice(0, STEPS_MAX + 1)) {
    try {
      fields[key] = given[key];
    } catch (error) {
      fields[key] = unreadable(error);
    }
  }
  return fields;
}

/** Puts a field beside others; a name that is taken becomes a field with both values. No key sets MESSAGE_ID=. */
export function addField(fields: Record<string, unknown>, given: string, value: unknown): void {
  const key = given === MESSAGE_ID_KEY ? 'FIELD_MESSAGE_ID' : given;
  if (Object.hasOwn(fields, key)) fields[key] = joined(fields[key], value);
  else if (key !== '__proto__') fields[key] = value;
  // A key like any other, but not for an assignment.
  else Object.defineProperty(fields, key, { value, enumerable: true, writable: true, configurable: true });
}

/** A long list stays a list in the list: to copy it for each key that collides would take the product of both. */
function joined(one: unknown, other: unknown): unknown[] {
  return [one, other].flatMap((value) => (Array.isArray(value) && value.length > FLAT_MAX ? [value] : value));
}

export function addFields(fields: Record<string, unknown>, more: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(more)) addField(fields, key, more[key]);
}
