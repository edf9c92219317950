import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quote } from '../src/errors.ts';
import { printable, printableJson } from '../src/printable-text.ts';

test.each([
  ['plain', 'plain'],
  ['a\ttab', 'a\ttab'],
  ['two\nlines\r\n', 'two\u{fffd}lines\u{fffd}\u{fffd}'],
  ['\x1b[31mred\x9b0m\x7f', '\u{fffd}[31mred\u{fffd}0m\u{fffd}'],
  ['right\u202eleft\u2066', 'right\u{fffd}left\u{fffd}'],
  ['half \ud800 of it', 'half \u{fffd} of it'],
  ['grüße, 世界 👋🏽', 'grüße, 世界 👋🏽'],
])('%j', (text, expected) => {
  expect(printable(text)).toBe(expected);
});

const RAW = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;

test('JSON of anything is the same value, and nothing in it is raw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = printableJson({ text: `${text}\x9b\u202e\n`, more: [text] }, 2);
      expect(shown).not.toMatch(RAW);
      expect(JSON.parse(shown)).toEqual({ text: `${text}\x9b\u202e\n`, more: [text] });
    }),
  );
});

test('a value that is quoted in an error has nothing raw in it', () => {
  expect(quote('\x1b\x7f\x9b\u202e')).toBe(String.raw`"\u001b\u007f\u009b\u202e"`);
});
