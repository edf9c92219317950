// Collects fields in an object before they are written. Pure.
import { STEPS_MAX } from './budget.ts';
import { MESSAGE_ID_KEY } from './field-name.ts';
import { unreadable } from './unreadable.ts';

const FLAT_MAX = 100;

/** Plain data: neither an array nor an instance of a class. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A snapshot of the properties, up to the maximum of an entry. Calls each getter once. */
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

/** Adds a field; if the name exists, the field gets both values. No key sets MESSAGE_ID=. */
export function addField(fields: Record<string, unknown>, given: string, value: unknown): void {
  const key = given === MESSAGE_ID_KEY ? 'FIELD_MESSAGE_ID' : given;
  if (Object.hasOwn(fields, key)) fields[key] = joined(fields[key], value);
  else if (key !== '__proto__') fields[key] = value;
  // defineProperty, because an assignment to `__proto__` would not add a key.
  else Object.defineProperty(fields, key, { value, enumerable: true, writable: true, configurable: true });
}

/** A long list is nested instead of copied: a copy for each colliding key would take the product of both lengths. */
function joined(one: unknown, other: unknown): unknown[] {
  return [one, other].flatMap((value) => (Array.isArray(value) && value.length > FLAT_MAX ? [value] : value));
}

export function addFields(fields: Record<string, unknown>, more: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(more)) addField(fields, key, more[key]);
}
