import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseEntry } from '../../src/journal/decode.ts';
import { EntryWriter } from '../../src/journal/entry.ts';
import { details, toRecord } from '../../src/manager/journal-record.ts';

const ORIGIN = { at: 1, source: 'native', pid: 7 } as const;

function read(payload: string | Uint8Array): Record<string, unknown> | undefined {
  const fields = parseEntry(typeof payload === 'string' ? Buffer.from(payload) : payload);
  return fields === undefined ? undefined : { ...toRecord(fields, ORIGIN).fields };
}

function framed(name: string, value: string, size = Buffer.byteLength(value)): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(size));
  return Buffer.concat([Buffer.from(`${name}\n`), length, Buffer.from(`${value}\n`)]);
}

test.each([
  ['MESSAGE=a\nPRIORITY=3\n', { MESSAGE: 'a', PRIORITY: '3' }],
  ['A=1\nA=2\nA=3\n', { A: ['1', '2', '3'] }],
  ['A=b=c\n', { A: 'b=c' }],
  ['A=\n', { A: '' }],
  ['A=1\r\n', { A: '1\r' }],
  ['.comment\n#comment\nA=1\n', { A: '1' }],
  // A bad name drops that field alone, and so does a missing end of line.
  ['_A=1\n1A=1\na=1\nB=2\n', { B: '2' }],
  ['A=1\nB=2', { A: '1' }],
  // The first entry alone.
  ['A=1\n\nB=2\n', { A: '1' }],
  ['\nA=1\n', undefined],
  ['', undefined],
  ['_ONLY=1\n', undefined],
])('%j', (payload, fields) => expect(read(payload)).toEqual(fields));

test('a value with its length', () => {
  expect(read(framed('A', 'x\ny'))).toEqual({ A: 'x\ny' });
  expect(read(Buffer.concat([Buffer.from('B=1\n'), framed('A', 'x', 100)]))).toEqual({ B: '1' });
  expect(read(framed('A', 'x', 2 ** 40))).toBeUndefined();
});

test('what is not UTF-8 stays bytes', () => {
  expect(read(Buffer.concat([Buffer.from('A='), Buffer.from([0xff, 0x0a])]))).toEqual({ A: Uint8Array.of(0xff) });
});

test('1024 fields, and not one more', () => {
  expect(parseEntry(Buffer.from('A=1\n'.repeat(1024)))).toHaveLength(1024);
  expect(parseEntry(Buffer.from('A=1\n'.repeat(1025)))).toBeUndefined();
});

test('what our own encoder writes', () => {
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(text, text, (message, other) => {
      const writer = new EntryWriter();
      writer.text('MESSAGE', message);
      writer.text('OTHER', other);
      const payload = writer.finish(1e6);
      expect(read(payload)).toEqual({ MESSAGE: message, OTHER: other });
    }),
  );
});

test.each([
  ['PRIORITY=3\n', 3],
  ['PRIORITY=9\n', 6],
  ['PRIORITY=x\n', 6],
  ['A=1\n', 6],
])('the priority of %j', (payload, priority) => {
  expect(toRecord(parseEntry(Buffer.from(payload)) ?? [], ORIGIN)).toMatchObject({ priority, message: '' });
});

test('what people are shown besides the message', () => {
  const record = toRecord(
    [
      ['MESSAGE', 'm'],
      ['CODE_FILE', 'x'],
      ['USER', 'a'],
      ['USER', 'b'],
      ['BLOB', Buffer.from([0xff, 0xfe])],
    ],
    ORIGIN,
  );
  expect(details(record)).toEqual([
    ['USER', 'a'],
    ['USER', 'b'],
    ['BLOB', '[2 bytes]'],
  ]);
});
