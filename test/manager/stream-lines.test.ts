import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Line, parseLine, StreamLines } from '../../src/manager/stream-lines.ts';

function read(...chunks: (string | Buffer)[]): Line[] {
  const lines: Line[] = [];
  const stream = new StreamLines((line) => lines.push(line));
  for (const chunk of chunks) stream.write(Buffer.from(chunk));
  stream.end();
  return lines;
}

test.each([
  ['hello', { priority: 6, text: 'hello' }],
  ['<3>bad', { priority: 3, text: 'bad' }],
  ['<05>five', { priority: 5, text: 'five' }],
  ['<005>five', { priority: 5, text: 'five' }],
  ['<8>text', { priority: 6, text: '<8>text' }],
  ['<55>text', { priority: 6, text: '<55>text' }],
  [' <5>text', { priority: 6, text: ' <5>text' }],
  ['trailing \t', { priority: 6, text: 'trailing' }],
  ['  leading', { priority: 6, text: '  leading' }],
  ['   ', { priority: 6, text: '   ' }],
  ['<5>', undefined],
  ['', undefined],
])('%j', (raw, line) => expect(parseLine(raw)).toEqual(line));

test('a line ends at LF and at NUL, and at the end', () => {
  expect(read('a\n\nb\0c', 'd\ne').map(({ text }) => text)).toEqual(['a', 'b', 'cd', 'e']);
});

test('a character that comes in two pieces', () => {
  const bytes = Buffer.from('é\n');
  expect(read(bytes.subarray(0, 1), bytes.subarray(1))).toEqual([{ priority: 6, text: 'é' }]);
});

test('a line that never ends is cut', () => {
  const sizes = read('x'.repeat(100_000)).map(({ text }) => text.length);
  expect(sizes).toEqual([49_152, 49_152, 1696]);
});

test('however the bytes come', () => {
  const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', '\n', ' ', '<', '5', '>') }));
  fc.assert(
    fc.property(pieces, (chunks) => {
      expect(read(...chunks)).toEqual(read(chunks.join('')));
    }),
  );
});
