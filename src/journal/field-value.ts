// Converts any JavaScript value to a field value. Never throws. Pure.
import { types } from 'node:util';
import { Budget } from './budget.ts';
import { isError } from './error-facts.ts';
import { writeErrorField } from './error-fields.ts';
import { fieldName } from './field-name.ts';
import { type FieldWriter, NOTE } from './field-writer.ts';
import { dateText, keysOf, safeJson, scalarText } from './safe-json.ts';
import { attempt, unreadable } from './unreadable.ts';
import { byteLength, firstOf } from './value-bytes.ts';

/**
 * The value of a field. Text and bytes stay as they are; numbers and booleans become text; a Date becomes ISO 8601; a
 * URL its href; an Error its heading, with ERROR_ and CODE_ fields beside it; an array a field with several values; any
 * other object JSON. `null` and `undefined` omit the field.
 */
export type FieldValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Date
  | Uint8Array
  | Error
  | URL
  | object
  | readonly FieldValue[];

/** Fields by name. The names are mapped to journal names: `requestId` becomes `REQUEST_ID`. */
export type Fields = Readonly<Record<string, FieldValue>>;

const MESSAGE_ID = 'MESSAGE_ID';

/** Types whose content is not in their properties. */
const HAS_NO_FIELDS: readonly ((value: unknown) => boolean)[] = [
  types.isMap,
  types.isSet,
  types.isDate,
  types.isRegExp,
  types.isBoxedPrimitive,
  types.isAnyArrayBuffer,
  ArrayBuffer.isView,
];

/** A symbol, so that no key of a caller collides with it. */
const NOTE_KEY = Symbol('note');

/** Adds a note of an adapter to the fields. */
export function withNote(fields: Readonly<Record<string, unknown>>, note: string): Record<string, unknown> {
  // Without a prototype, so that the fast path for short entries, which ignores notes, does not take it.
  return Object.assign(Object.create(null), fields, { [NOTE_KEY]: note });
}

/** Writes all fields of an object; any other value becomes a field without a name. */
export function writeFields(writer: FieldWriter, fields: unknown): void {
  if (typeof fields === 'object' && fields !== null && !isValue(fields)) {
    const keys = listKeys(writer, fields);
    const count = writer.budget.take(keys.length);
    for (let index = 0; index < count; index += 1) writeProperty(writer, fields, keys[index] ?? '');
    const note = attempt(() => (fields as { [NOTE_KEY]?: string })[NOTE_KEY]); // only withNote() sets it
    if (typeof note === 'string') writer.text(NOTE, note);
  } else writeField(writer, fieldName(''), fields);
}

/** Whether an untyped program passed an error, a list, a Map or a date instead of fields. */
function isValue(fields: object): boolean {
  try {
    if (Object.getPrototypeOf(fields) === Object.prototype) return false;
    return Array.isArray(fields) || isError(fields) || fields instanceof URL || HAS_NO_FIELDS.some((is) => is(fields));
  } catch {
    return false; // a revoked proxy: reading its keys will throw later
  }
}

function listKeys(writer: FieldWriter, fields: object): readonly string[] {
  try {
    return keysOf(fields, writer.budget);
  } catch (error) {
    writer.text(NOTE, `the fields cannot be listed: ${unreadable(error)}`);
    return [];
  }
}

function writeProperty(writer: FieldWriter, fields: object, key: string): void {
  const name = fieldName(key);
  let value: unknown;
  try {
    value = (fields as Record<string, unknown>)[key];
  } catch (error) {
    value = unreadable(error);
  }
  // Fast path: most values are text.
  if (typeof value === 'string' && name !== MESSAGE_ID) writer.text(name, value);
  else writeField(writer, name, value);
}

function writeField(writer: FieldWriter, name: string, value: unknown): void {
  try {
    if (name === MESSAGE_ID) writeMessageId(writer, value);
    else if (typeof value === 'string') writer.text(name, value);
    else writeValue(writer, name, value);
  } catch (error) {
    writer.text(name, unreadable(error));
  }
}

function writeValue(writer: FieldWriter, name: string, value: unknown): void {
  if (typeof value === 'object') {
    if (value !== null) writeObject(writer, name, value);
  } else if (value !== undefined) writer.text(name, messageText(value, writer.budget));
}

function writeObject(writer: FieldWriter, name: string, value: object): void {
  if (Array.isArray(value)) writeItems(writer, name, value);
  else if (types.isUint8Array(value)) writer.bytes(name, readable(value));
  else if (types.isAnyArrayBuffer(value)) writer.bytes(name, new Uint8Array(value));
  else if (types.isDate(value)) writer.text(name, dateText(value));
  else if (types.isRegExp(value)) writer.text(name, writer.budget.text(String(value)));
  else if (isError(value)) writeErrorField(writer, name, value);
  else if (value instanceof URL) writer.text(name, writer.budget.text(value.href));
  else if (types.isBoxedPrimitive(value)) writeValue(writer, name, value.valueOf());
  else writer.text(name, safeJson(value, writer.budget));
}

/** Throws for bytes that were transferred to another thread, which otherwise look empty. */
function readable(bytes: Uint8Array): Uint8Array {
  return byteLength(bytes) === 0 ? new Uint8Array(bytes) : bytes;
}

/** Writes a field with several values; a nested list becomes JSON. */
function writeItems(writer: FieldWriter, name: string, items: readonly unknown[]): void {
  const { budget } = writer;
  for (let index = 0; index < items.length; index += 1) {
    if (!budget.spend(1)) {
      writer.text(NOTE, `${name} has ${items.length} items: the first ${index} are here`);
      budget.told();
      break;
    }
    try {
      writeItem(writer, name, items[index]);
    } catch (error) {
      writer.text(name, budget.text(unreadable(error)));
    }
  }
}

/** Items count towards the budget, because a list may contain the same text a thousand times. */
function writeItem(writer: FieldWriter, name: string, item: unknown): void {
  const { budget } = writer;
  if (typeof item === 'string') writer.text(name, budget.text(item));
  else if (Array.isArray(item)) writer.text(name, safeJson(item, budget));
  else if (types.isUint8Array(item)) writer.bytes(name, firstOf(item, budget.bytes(byteLength(readable(item)))));
  else writeValue(writer, name, item);
}

/** MESSAGE_ID= is 128 bits in lower-case hex (systemd.journal-fields(7)); a UUID may keep its hyphens. */
function writeMessageId(writer: FieldWriter, value: unknown): void {
  if (value === undefined || value === null) return;
  const text = typeof value === 'string' ? value : messageText(value, writer.budget);
  const id = text.length > 36 ? '' : text.replaceAll('-', '').toLowerCase();
  if (/^[0-9a-f]{32}$/.test(id)) writer.text(MESSAGE_ID, id);
  else {
    writer.text('MESSAGE_ID_INVALID', text);
    writer.text(NOTE, 'MESSAGE_ID must be 32 hex digits');
  }
}

/** Converts any value to text. */
export function messageText(value: unknown, budget: Budget = new Budget()): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? safeJson(value, budget) : budget.text(scalarText(value));
}
