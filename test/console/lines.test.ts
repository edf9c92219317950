import fc from 'fast-check';
import { expect, test } from 'vitest';
import { oneEntry, splitLines } from '../../src/console/lines.ts';

test.each([
  ['', [], ''],
  ['a', [], 'a'],
  ['a\n', ['a'], ''],
  ['a\nb', ['a'], 'b'],
  ['a\r\nb\r\n', ['a', 'b'], ''],
  ['a\n  b\n\tc\nd\n', ['a\n  b\n\tc', 'd'], ''],
  ['\n\na\n\n', ['a'], ''],
  ['a\n\n  b\n', ['a\n\n  b'], ''],
  ['  a\n  b\n', ['  a\n  b'], ''],
  ['{\n  a: 1,\n}\nb\n', ['{\n  a: 1,\n}', 'b'], ''],
  ['{\n  a: [\n    1,\n  ],\n};\n', ['{\n  a: [\n    1,\n  ],\n};'], ''],
  ['a\n}\n', ['a', '}'], ''],
  ['Error: x\n    at f (y.js:1:2)\nnext\n', ['Error: x\n    at f (y.js:1:2)', 'next'], ''],
] as const)('%j', (text, entries, rest) => expect(splitLines(text)).toEqual({ entries, rest }));

test('no line is lost, and the order is kept', () => {
  const line = fc.constantFrom('a', ' b', '\tc', '}', '', 'd}', '  ');
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const { entries, rest } = splitLines(lines.map((one) => `${one}\n`).join(''));
      expect(rest).toBe('');
      expect(
        entries
          .join('\n')
          .split('\n')
          .filter((one) => one !== ''),
      ).toEqual(lines.filter((one) => one !== ''));
    }),
  );
});

test('one call is one entry, however many lines it has', () => {
  expect(oneEntry('a\nb\n')).toBe('a\nb');
  expect(oneEntry('a\n\n')).toBe('a\n');
  expect(oneEntry('a')).toBe('a');
});
