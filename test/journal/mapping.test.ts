// Any fields at all go through the logger, and an independent decoder reads back what the documented mapping says.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldName } from '../../src/journal/field-name.ts';
import type { Fields } from '../../src/journal/field-value.ts';
import { decodeEntry } from './decoder.ts';
import { recorder } from './recorder.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom('\n', '\0', '=', 'A', 'ä', '\ud800', '\r'), maxLength: 8 }),
);
const key = fc.oneof(fc.constantFrom('requestId', 'a', '', 'MESSAGE', 'PRIORITY', '_x', '1', 'é', '__proto__'), text);
const scalar = fc.oneof(
  text,
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array({ maxLength: 10 }),
);
const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 4 }), fc.dictionary(text, fc.jsonValue(), { maxKeys: 3 }));

/** The mapping as it is documented. */
function expected(given: unknown): Buffer[] {
  if (given === null || given === undefined) return [];
  if (Array.isArray(given)) return given.flatMap(expected);
  if (given instanceof Uint8Array) return [Buffer.from(given)];
  if (given instanceof Date) return [Buffer.from(Number.isNaN(given.getTime()) ? 'Invalid Date' : given.toISOString())];
  return [
    Buffer.from(typeof given === 'object' ? JSON.stringify(given) : `${given as string | number | bigint | boolean}`),
  ];
}

describe('any fields', () => {
  it('read back as the mapping says', () => {
    const { log, bytes } = recorder();
    fc.assert(
      fc.property(text, fc.array(fc.tuple(key, value), { maxLength: 6 }), (message, pairs) => {
        const fields = Object.fromEntries(pairs) as Fields; // all of them values
        log.info(message, fields);
        const wanted = [
          ['SYSLOG_IDENTIFIER', Buffer.from('test')],
          ['PRIORITY', Buffer.from('6')],
          ['MESSAGE', Buffer.from(message)],
          ...Object.entries(fields).flatMap(([name, one]) => expected(one).map((bytes) => [fieldName(name), bytes])),
        ] as [string, Buffer][];
        const read = decodeEntry(bytes());
        return (
          read.length === wanted.length &&
          read.every(([name, one], index) => name === wanted[index]?.[0] && one.equals(wanted[index][1]))
        );
      }),
      { numRuns: 10_000 },
    );
  }, 120_000);

  it('leave the message readable, whatever they are', () => {
    const { log, bytes } = recorder();
    const anything = fc.anything({
      maxDepth: 4,
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true,
    });
    fc.assert(
      fc.property(fc.oneof(fc.dictionary(key, anything), anything), (fields) => {
        log.info('m', fields as Fields); // or not
        const messages = decodeEntry(bytes()).filter(([name]) => name === 'MESSAGE');
        expect(String(messages[0]?.[1])).toBe('m');
      }),
      { numRuns: 3000 },
    );
  }, 120_000);
});
