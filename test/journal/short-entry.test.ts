import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryWriter } from '../../src/journal/entry.ts';
import { writeFields } from '../../src/journal/field-value.ts';
import { makePrefix } from '../../src/journal/prefix.ts';
import { shortEntry } from '../../src/journal/short-entry.ts';
import { some } from '../left-out.ts';
import { anyFields, anyText } from './any-fields.ts';

const START = 'PRIORITY=6\nMESSAGE=';
const memory = new ArrayBuffer(8192);
const entries = shortEntry(memory);

/** The entry as text, undefined where it is not a short one. */
function short(message: unknown, fields?: unknown, start: string = START): string | undefined {
  const size = entries.write(makePrefix(start), message, fields);
  entries.takeRead(undefined);
  return size === 0 ? undefined : Buffer.from(memory.slice(0, size)).toString();
}

/** The entry as EntryWriter writes it. test/journal/mapping.test.ts proves that journald reads it. */
function long(message: string, fields: unknown): string {
  const entry = new EntryWriter();
  entry.text('PRIORITY', '6');
  entry.text('MESSAGE', message);
  writeFields(entry, fields);
  return Buffer.from(entry.finish(1e6) as string).toString();
}

describe('a short entry', () => {
  it.each<[string, unknown, string]>([
    ['m', undefined, ''],
    ['m', {}, ''],
    ['', {}, ''],
    ['a\tb\r', { requestId: '7f3c', durationMs: 12, ok: true }, 'REQUEST_ID=7f3c\nDURATION_MS=12\nOK=true\n'],
    ['m', { a: undefined, b: null, c: '' }, 'C=\n'],
    ['m', { a: -0, b: -1.5, c: Number.NaN, d: 2 ** 53 }, 'A=0\nB=-1.5\nC=NaN\nD=9007199254740992\n'],
    ['m', { b: 1, a: 2, 1: 3 }, 'FIELD_1=3\nB=1\nA=2\n'],
  ])('of %o and %o is this, byte for byte', (message, fields, rest) => {
    expect(short(message, fields)).toBe(`${START}${message}\n${rest}`);
  });

  it.each([0, 1, 9, 10, 99, 100, 12_345, 999_999_999, 1e9, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, -1])(
    'has the number %d',
    (number) => expect(short('m', { a: number })).toBe(`${START}m\nA=${number}\n`),
  );

  it('has a beginning of any characters', () => {
    expect(short('m', { a: 1 }, 'CITY=Zürich\nMESSAGE=')).toBe('CITY=Zürich\nMESSAGE=m\nA=1\n');
  });

  it.each<[string, unknown, unknown]>([
    ['a message of two lines', 'x\nPRIORITY=0', undefined],
    ['a message beyond ASCII', 'é', undefined],
    ['a message that is cut to ASCII by its lower bytes', '\u014a', undefined],
    ['a message that is no text', 5, undefined],
    ['an error for a message', new Error('no'), undefined],
    [
      'an object with a prototype of its own',
      'm',
      Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true } }),
    ],
    ['a value of two lines', 'm', { a: 'x\nPRIORITY=0' }],
    ['a lone surrogate', 'm', { a: '\ud800' }],
    ['an object', 'm', { a: {} }],
    ['a list', 'm', { a: [1] }],
    ['bytes', 'm', { a: Buffer.from('x') }],
    ['an error', 'm', { a: new Error('no') }],
    ['a symbol', 'm', { a: Symbol('x') }],
    ['a large integer', 'm', { a: 5n }],
    ['a function', 'm', { a: () => 1 }],
    ['a message id, which is checked', 'm', { messageId: 'x' }],
    ['null for the fields', 'm', null],
    ['text for the fields', 'm', 'x'],
    ['a list for the fields', 'm', [1]],
    ['an error for the fields', 'm', new Error('no')],
    ['a map for the fields', 'm', new Map([['a', 1]])],
    ['fields without a prototype', 'm', Object.create(null)],
    ['a revoked proxy', 'm', revoked()],
    ['a value that is long', 'm', { a: 'x'.repeat(129) }],
    ['a message that is long', 'x'.repeat(129), undefined],
    ['more fields than it may have', 'm', Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`k${n}`, '']))],
  ])('is not one of %s', (_, message, fields) => expect(short(message, fields)).toBeUndefined());

  it('is not one of a beginning that fills the memory', () =>
    expect(short('m', undefined, `A=${'x'.repeat(8150)}\nMESSAGE=`)).toBeUndefined());

  it('is not one with a getter that throws', () => {
    const fields = {
      a: 1,
      get b(): number {
        throw new Error('no');
      },
    };
    expect(short('m', fields)).toBeUndefined();
  });

  it('is not one inside of another, which keeps the memory', () => {
    const fields = {
      a: 1,
      get b(): number {
        expect(short('inner', { c: 2 })).toBeUndefined();
        return 2;
      },
    };
    expect(short('outer', fields)).toBe(`${START}outer\nA=1\nB=2\n`);
    expect(short('next', { a: 1 })).toBe(`${START}next\nA=1\n`);
  });

  it.each([1, 30, 60])('with keys of about %d characters ends within the memory', (length) => {
    let shorts = 0;
    for (let count = 1; count < 520; count += 7) {
      const keys = Array.from({ length: count }, (_, index) => 'K'.repeat(length) + index);
      const fields = Object.fromEntries(keys.map((key, index) => [key, index]));
      const text = short('m', fields);
      const wanted = long('m', fields);
      if (text === undefined) expect(wanted.length > 8000 || count > 500).toBe(true);
      else expect(text).toBe(wanted);
      shorts += text === undefined ? 0 : 1;
    }
    expect(shorts).toBeGreaterThan(12);
  });

  it('is what EntryWriter makes of it, or none', () => {
    let shorts = 0;
    const plain = fc.dictionary(fc.string({ maxLength: 8 }), fc.oneof(fc.string(), fc.integer(), fc.boolean()));
    const fields = fc.oneof(plain, anyFields.map(Object.fromEntries));
    fc.assert(
      fc.property(fc.oneof(fc.string(), anyText), fields, (message, given) => {
        const text = short(message, given);
        if (text !== undefined) shorts += 1;
        return text === undefined || text === long(message, given);
      }),
      { numRuns: some(10_000) },
    );
    expect(shorts).toBeGreaterThan(some(1000));
  });

  it('has its names also after keys without number', () => {
    for (let index = 0; index < 3000; index += 1) short('m', { [`key${index}`]: 1 });
    expect(short('m', { key1: 1, requestId: 2 })).toBe(`${START}m\nKEY1=1\nREQUEST_ID=2\n`);
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
