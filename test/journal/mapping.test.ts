// The logger encodes any fields, and an independent decoder reads back the values that the documented mapping says.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fields } from '../../src/journal/field-value.ts';
import { some } from '../left-out.ts';
import { anyFields, anyKey, anyText, mapped } from './any-fields.ts';
import { decodeEntry } from './decoder.ts';
import { recorder } from './recorder.ts';

describe('any fields', () => {
  it('every value reads back as the table of the mapping defines', () => {
    const { log, bytes } = recorder();
    fc.assert(
      fc.property(anyText, anyFields, (message, pairs) => {
        log.info(message, Object.fromEntries(pairs) as Fields); // all of them values
        const wanted = [
          ['SYSLOG_IDENTIFIER', Buffer.from('test')],
          ['PRIORITY', Buffer.from('6')],
          ['MESSAGE', Buffer.from(message)],
          ...mapped(pairs),
        ] as [string, Buffer][];
        const read = decodeEntry(bytes());
        return (
          read.length === wanted.length &&
          read.every(([name, one], index) => name === wanted[index]?.[0] && one.equals(wanted[index][1]))
        );
      }),
      { numRuns: some(10_000) },
    );
  });

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
      fc.property(fc.oneof(fc.dictionary(anyKey, anything), anything), (fields) => {
        log.info('m', fields as Fields); // or not
        const messages = decodeEntry(bytes()).filter(([name]) => name === 'MESSAGE');
        expect(String(messages[0]?.[1])).toBe('m');
      }),
      { numRuns: some(3000) },
    );
  });
});
