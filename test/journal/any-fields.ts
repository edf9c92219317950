// Any fields that a program may log, and their values in the journal by the documented mapping.
import fc from 'fast-check';
import { fieldName } from '../../src/journal/field-name.ts';

export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom('\n', '\0', '=', 'A', 'ä', '\ud800', '\r', '\u001b'), maxLength: 8 }),
);
export const anyKey: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('requestId', 'a', '', 'MESSAGE', 'PRIORITY', '_x', '1', 'é', '__proto__'),
  anyText,
);
const scalar = fc.oneof(
  anyText,
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array({ maxLength: 10 }),
);
const value = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 4 }),
  fc.dictionary(anyText, fc.jsonValue(), { maxKeys: 3 }),
);

/** Pairs, because a key may come up twice; an object made of them has each key once. */
export const anyFields: fc.Arbitrary<[key: string, value: unknown][]> = fc.array(fc.tuple(anyKey, value), {
  maxLength: 6,
});

/** The documented mapping. */
export function mapped(pairs: readonly (readonly [string, unknown])[]): [name: string, bytes: Buffer][] {
  const fields = Object.entries(Object.fromEntries(pairs));
  return fields.flatMap(([key, one]) => values(one).map((bytes): [string, Buffer] => [fieldName(key), bytes]));
}

function values(given: unknown): Buffer[] {
  if (given === null || given === undefined) return [];
  if (Array.isArray(given)) return given.flatMap(values);
  if (given instanceof Uint8Array) return [Buffer.from(given)];
  if (given instanceof Date) return [Buffer.from(Number.isNaN(given.getTime()) ? 'Invalid Date' : given.toISOString())];
  return [
    Buffer.from(typeof given === 'object' ? JSON.stringify(given) : `${given as string | number | bigint | boolean}`),
  ];
}
