import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryWriter, type Payload } from '../../src/journal/entry.ts';
import { some } from '../left-out.ts';
import { decodeEntry, decodeText } from './decoder.ts';

const MANY = Number.POSITIVE_INFINITY;

function encode(fields: readonly (readonly [string, string | Uint8Array])[], start?: EntryWriter): Payload {
  const writer = new EntryWriter(start);
  for (const [name, value] of fields) {
    if (typeof value === 'string') writer.text(name, value);
    else writer.bytes(name, value);
  }
  return writer.finish(MANY);
}

function hex(payload: Payload): string {
  return Buffer.from(payload as string).toString('hex'); // of a string or of bytes alike
}

describe('an entry on the wire', () => {
  it('is text while every value is one line', () => {
    expect(encode([])).toBe('');
    expect(
      encode([
        ['MESSAGE', 'hello'],
        ['EMPTY', ''],
        ['A', 'x=y\r\u0000'],
      ]),
    ).toBe('MESSAGE=hello\nEMPTY=\nA=x=y\r\u0000\n');
  });

  it('frames a value with a newline by its length in bytes', () => {
    const expected = Buffer.from('A=1\nMESSAGE\n\u0005\0\0\0\0\0\0\0ä\nb\n\nB=2\n');
    expect(
      hex(
        encode([
          ['A', '1'],
          ['MESSAGE', 'ä\nb\n'],
          ['B', '2'],
        ]),
      ),
    ).toBe(expected.toString('hex'));
  });

  it('frames bytes, whatever they are', () => {
    const expected = Buffer.concat([Buffer.from('A\n\u0002\0\0\0\0\0\0\0'), Buffer.of(0xff, 0x0a), Buffer.from('\n')]);
    expect(hex(encode([['A', Buffer.of(0xff, 0x0a)]]))).toBe(expected.toString('hex'));
    expect(hex(encode([['A', new Uint8Array(0)]]))).toBe(Buffer.from('A\n\0\0\0\0\0\0\0\0\n').toString('hex'));
  });

  it('writes the length in little-endian order', () => {
    const entry = Buffer.from(encode([['A', 'x'.repeat(0x0123_45)]]) as Uint8Array);
    expect(entry.subarray(2, 10).toString('hex')).toBe('4523010000000000');
  });

  it('does not believe an array that lies about its length', () => {
    class Liar extends Uint8Array {
      override get length(): number {
        return 1000;
      }
    }
    expect(hex(encode([['A', Liar.of(1, 2)]]))).toBe(
      Buffer.from('A\n\u0002\0\0\0\0\0\0\0\u0001\u0002\n').toString('hex'),
    );
  });

  it('begins with what another one holds, and leaves that as it is', () => {
    const bytes = Buffer.from('xy');
    const start = new EntryWriter();
    start.text('A', '1\n2');
    start.bytes('B', bytes);
    start.text('C', '3');
    start.freeze();
    bytes.fill(0);
    for (const value of ['4', '4\n', '4']) {
      expect(decodeText(encode([['D', value]], start) as Uint8Array)).toEqual({
        A: ['1\n2'],
        B: ['xy'],
        C: ['3'],
        D: [value],
      });
    }
  });

  it('reads back, whatever the values', () => {
    const name = fc.constantFrom('A', 'MESSAGE', 'X_1', 'Z'.repeat(64));
    const text = fc.string({ unit: 'binary', maxLength: 30 });
    const long = fc.integer({ min: 16_383, max: 16_386 }).map((length) => 'ä'.repeat(length));
    const value = fc.oneof(
      { weight: 10, arbitrary: text },
      { weight: 5, arbitrary: text.map((one) => `${one}\n`) },
      { weight: 5, arbitrary: fc.uint8Array({ maxLength: 30 }) },
      { weight: 1, arbitrary: long },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 12 }), (fields) => {
        const decoded = decodeEntry(Buffer.from(encode(fields) as string));
        return (
          decoded.length === fields.length &&
          decoded.every(([key, bytes], index) => {
            const [wantedKey, wanted] = fields[index] ?? ['', ''];
            return key === wantedKey && bytes.equals(Buffer.from(wanted as string));
          })
        );
      }),
      { numRuns: some(3000) },
    );
  });
});

describe('an entry with too many fields', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => [`F${index}`, `${index}`] as const);

  it('has them all up to 1020', () => {
    expect(decodeEntry(Buffer.from(encode(many(1020)) as string))).toHaveLength(1020);
  });

  it('holds the rest in one field, with a note', () => {
    const fields = decodeText(encode([...many(1500), ['BYTES', Buffer.from('x\n')]]) as Uint8Array);
    expect(Object.keys(fields)).toHaveLength(1022);
    expect(fields.READYD_NOTE).toEqual([`481 fields above the journal's limit are in READYD_FOLDED`]);
    const folded = JSON.parse(fields.READYD_FOLDED?.[0] ?? '') as unknown[];
    expect(folded).toHaveLength(481);
    expect(folded[0]).toEqual(['F1020', '1020']);
    expect(folded.at(-1)).toEqual(['BYTES', { base64: Buffer.from('x\n').toString('base64') }]);
  });

  it('keeps room for its own when it begins with too many', () => {
    const start = new EntryWriter(undefined, 512);
    for (const [name, value] of many(600)) start.text(name, value);
    const fields = decodeText(encode([['MESSAGE', 'm']], start.freeze()) as Uint8Array);
    expect(fields.MESSAGE).toEqual(['m']);
    expect(fields.READYD_NOTE).toEqual([`88 fields above the journal's limit are in READYD_FOLDED`]);
  });
});

describe('an entry that is too large', () => {
  const finish = (fields: readonly (readonly [string, string | Uint8Array])[], maxBytes: number) => {
    const writer = new EntryWriter();
    for (const [name, value] of fields) {
      if (typeof value === 'string') writer.text(name, value);
      else writer.bytes(name, value);
    }
    return Buffer.from(writer.finish(maxBytes) as Uint8Array);
  };

  it('is left alone when it fits to the byte', () => {
    const entry = finish([['A', 'x'.repeat(50_000)]], 50_011);
    expect(entry).toHaveLength(50_011);
    expect(decodeText(entry)).toEqual({ A: ['x'.repeat(50_000)] });
  });

  it('loses the end of its longest value, and says how much', () => {
    const entry = finish(
      [
        ['A', 'x'.repeat(50_000)],
        ['B', 'y'.repeat(20_000)],
        ['C', 'z'],
      ],
      60_000,
    );
    expect(entry.length).toBeLessThanOrEqual(60_000);
    const fields = decodeText(entry);
    const kept = fields.A?.[0]?.length ?? 0;
    expect(kept).toBeGreaterThan(39_000);
    expect(fields).toEqual({
      A: ['x'.repeat(kept)],
      B: ['y'.repeat(20_000)],
      C: ['z'],
      READYD_NOTE: [`cut by ${50_000 - kept} bytes, to the size that the journal takes`],
    });
  });

  it.each(['ä', '€', '😀', '\ud800', 'a'])('cuts %j between characters', (character) => {
    for (let max = 30_000; max < 30_008; max += 1) {
      const entry = finish([['A', `b${character.repeat(30_000)}`]], max);
      expect(entry.length).toBeLessThanOrEqual(max);
      expect(entry.length).toBeGreaterThan(max - 300);
      expect(decodeText(entry).A?.[0]).toMatch(new RegExp(`^b(${character.toWellFormed()})*$`, 'u'));
    }
  });

  it('cuts several values to one size', () => {
    const values = [40_000, 30_000, 20_000, 100].map((size, index) => [`F${index}`, Buffer.alloc(size, 'x')] as const);
    const sizes = decodeEntry(finish(values, 50_000)).map(([, value]) => value.length);
    expect(sizes[0]).toBe(sizes[1]);
    expect(sizes[2]).toBe(sizes[0]);
    expect(sizes[3]).toBe(100);
  });
});
