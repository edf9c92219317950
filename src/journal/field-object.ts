// Fields put together in an object, before they are written.
import { MESSAGE_ID_KEY } from './field-name.ts';

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
