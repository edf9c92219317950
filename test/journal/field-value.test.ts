import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { fieldsOf, recorder } from './recorder.ts';

const value = (given: unknown) => fieldsOf({ f: given });

function throwing(): never {
  throw new Error('no way');
}

/** One test for each value. `it.each` would read properties of values that throw on a read. */
function each<T>(cases: readonly (readonly [unknown, T])[], check: (given: unknown, expected: T) => void): void {
  for (const [index, [given, expected]] of cases.entries()) {
    it(`${index}: ${String(expected)}`, () => check(given, expected));
  }
}

describe('a value with its own text form', () => {
  each<string>(
    [
      ['text', 'text'],
      ['', ''],
      [' \t\r\u0000 ', ' \t\r\u0000 '],
      ['\nboth ends\n', '\nboth ends\n'],
      ['x\nPRIORITY=0\nMESSAGE=forged', 'x\nPRIORITY=0\nMESSAGE=forged'],
      ['lone \ud800 surrogate', 'lone \ufffd surrogate'],
      ['lone \ud800 surrogate\n', 'lone \ufffd surrogate\n'],
      ['\udc00', '\ufffd'],
      [0, '0'],
      [-0, '0'],
      [1.5e300, '1.5e+300'],
      [Number.NaN, 'NaN'],
      [Number.NEGATIVE_INFINITY, '-Infinity'],
      [12345678901234567890n, '12345678901234567890'],
      [true, 'true'],
      [false, 'false'],
      [Symbol('s'), 'Symbol(s)'],
      [throwing, '[Function: throwing]'],
      [
        (
          () => () =>
            undefined
        )(),
        '[Function]',
      ],
      [new Date(0), '1970-01-01T00:00:00.000Z'],
      [new Date(Number.NaN), 'Invalid Date'],
      [runInNewContext('new Date(0)'), '1970-01-01T00:00:00.000Z'],
      [/a\nb/g, '/a\\nb/g'],
      [new URL('http://a.example/ä'), 'http://a.example/%C3%A4'],
      [Object('boxed'), 'boxed'],
      [Object(7n), '7'],
    ],
    (given, text) => expect(value(given)).toEqual({ F: [text] }),
  );

  it.each([undefined, null])('%s is left out', (given) => expect(value(given)).toEqual({}));

  each<readonly number[]>(
    [
      [Buffer.of(0, 10, 255), [0, 10, 255]],
      [new Uint8Array(0), []],
      [Uint8Array.of(1, 2, 3, 4).subarray(1, 3), [2, 3]],
      [Uint8Array.of(7, 8).buffer, [7, 8]],
      [new Uint8Array(new SharedArrayBuffer(2)), [0, 0]],
      [runInNewContext('new Uint8Array([5])'), [5]],
    ],
    (given, bytes) => {
      const { log, payloads } = recorder();
      log.info('m', { f: given as Uint8Array }); // one is an ArrayBuffer
      const size = Buffer.alloc(8);
      size.writeBigUInt64LE(BigInt(bytes.length));
      const field = Buffer.concat([Buffer.from('F\n'), size, Buffer.from(bytes), Buffer.from('\n')]);
      expect(Buffer.from(payloads[0] as Uint8Array).includes(field)).toBe(true);
    },
  );
});

describe('a list', () => {
  it('is a field with several values', () => {
    expect(value(['a', 1, null, undefined, true, 'b\nc'])).toEqual({ F: ['a', '1', 'true', 'b\nc'] });
    expect(value([])).toEqual({});
  });

  it('within a list is JSON', () => expect(value([['a', [1]], { b: [2] }])).toEqual({ F: ['["a",[1]]', '{"b":[2]}'] }));

  it('may hold bytes, dates and errors', () => {
    const fields = value([Buffer.from('x'), new Date(0), new TypeError('bad')]);
    expect(fields.F).toEqual(['x', '1970-01-01T00:00:00.000Z', 'TypeError: bad']);
    expect(fields.ERROR_NAME).toEqual(['TypeError']);
  });

  it('that is empty and a billion long takes no time', () => {
    expect(value(new Array(1_000_000_000))).toEqual({
      READYD_NOTE: ['F has 1000000000 items: the first 9999 are here'],
    });
  });
});

class Point {
  x = 1;
  #hidden = 2;
  get sum() {
    return this.x + this.#hidden;
  }
}

function cycle(): object {
  const one: Record<string, unknown> = { name: 'one' };
  one.two = { one, list: [one] };
  return one;
}

function deep(): object {
  let inner: object = {};
  for (let depth = 0; depth < 100_000; depth += 1) inner = { inner };
  return inner;
}

function diamond(): object {
  let inner: object = { end: true };
  for (let depth = 0; depth < 30; depth += 1) inner = { a: inner, b: inner };
  return inner;
}

describe('an object', () => {
  each<string>(
    [
      [{}, '{}'],
      [
        { a: 1, b: 'x\ny', c: [null, undefined, 1], d: undefined, e: Number.NaN },
        '{"a":1,"b":"x\\ny","c":[null,null,1],"e":null}',
      ],
      [Object.create(null, { a: { value: 1, enumerable: true } }), '{"a":1}'],
      [new Point(), '{"x":1}'],
      [{ big: 1n, sym: Symbol('s'), fn: throwing }, '{"big":"1","sym":"Symbol(s)","fn":"[Function: throwing]"}'],
      [new Map([['a', 1]]), '{"a":1}'],
      [new Map<unknown, unknown>([[{}, 1]]), '[[{},1]]'],
      [new Set([1, 'b']), '[1,"b"]'],
      [Float64Array.of(1.5, 2), '[1.5,2]'],
      [BigInt64Array.of(1n), '["1"]'],
      [
        { date: new Date(0), bad: new Date(Number.NaN), url: new URL('http://a.example/') },
        '{"date":"1970-01-01T00:00:00.000Z","bad":"Invalid Date","url":"http://a.example/"}',
      ],
      [{ bytes: Buffer.of(1, 2), re: /x/, boxed: Object(1) }, '{"bytes":"AQI=","re":"/x/","boxed":1}'],
      [{ toJSON: () => ({ other: 1 }) }, '{"other":1}'],
      [{ toJSON: throwing }, '"[unreadable: no way]"'],
      [{ a: { toJSON: () => undefined } }, '{}'],
      [{ lone: '\ud800' }, '{"lone":"\\ud800"}'],
      [JSON.parse('{"__proto__":{"x":1}}'), '{"__proto__":{"x":1}}'],
      [cycle(), '{"name":"one","two":{"one":"[Circular]","list":["[Circular]"]}}'],
      [Promise.resolve(1), '{}'],
    ],
    (given, json) => expect(value(given)).toEqual({ F: [json] }),
  );

  it('with an error inside tells its name and message', () => {
    const inside = JSON.parse(value({ error: new RangeError('bad') }).F?.[0] ?? '');
    expect(inside.error).toMatchObject({ name: 'RangeError', message: 'bad' });
  });

  it('is written to a depth of 32, and no graph is too large', () => {
    expect(value(deep()).F?.[0]).toMatch(/^(\{"inner":){32}"\[…\]"\}{32}$/);
    expect(value(diamond()).F?.[0]?.length).toBeLessThan(5_000_000);
    expect(value({ list: new Array(1e9) }).F?.[0]?.length).toBeLessThan(1_000_000);
  });
});

describe('a value that fights back', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const evil = new Proxy({}, { get: throwing, ownKeys: throwing, getPrototypeOf: throwing, has: throwing });

  each<RegExp>(
    [
      [proxy, /^\[unreadable: Cannot perform/],
      [evil, /^"?\[unreadable: no way\]"?$/],
      [{ inner: proxy }, /^\{"inner":"\[unreadable: Cannot/],
      [
        {
          get bad() {
            return throwing();
          },
          good: 1,
        },
        /^\{"bad":"\[unreadable: no way\]","good":1\}$/,
      ],
      [
        {
          get bad() {
            throw evil;
          },
        },
        /^\{"bad":"\[unreadable\]"\}$/,
      ],
      [Object.assign(Object('x'), { valueOf: throwing }), /^\[unreadable: no way\]$/],
      [Object.defineProperty(() => undefined, 'name', { value: 1 }), /^\[Function/],
      [new Proxy([1, 2], { get: throwing }), /^\[unreadable: no way\]$/],
      [Object.assign(new Date(0), { toISOString: throwing }), /^1970/],
    ],
    (given, text) => expect(value(given).F?.[0]).toMatch(text),
  );

  it('a boxed value that is its own value', () => {
    const boxed = Object('x');
    boxed.valueOf = () => boxed;
    expect(value(boxed).F?.[0]).toMatch(/^\[unreadable/);
    expect(value({ boxed }).F?.[0]).toBe('{"boxed":"[Circular]"}');
  });

  it('bytes that another thread got cost their field alone', () => {
    const given = (): Uint8Array => {
      const bytes = new Uint8Array([65, 66]);
      structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
      return bytes;
    };
    const gone = /^\[unreadable: .*detached/;
    const { A, ...rest } = fieldsOf({ a: given(), b: { c: given() }, d: 1 });
    expect(A?.[0]).toMatch(gone);
    expect(rest).toMatchObject({ B: [expect.stringMatching(/^\{"c":"\[unreadable: .*detached/)], D: ['1'] });
    const { log, fields } = recorder();
    log.child({ a: given(), d: 1 }).info('m');
    expect(fields()).toEqual({ A: [expect.stringMatching(gone)], D: ['1'], MESSAGE: ['m'] });
  });

  it('bytes that are given away by a getter of the same fields are empty', () => {
    const bytes = new Uint8Array([65, 66]);
    const fields = {
      bytes,
      get away() {
        structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
        return 1;
      },
    };
    expect(fieldsOf(fields)).toEqual({ BYTES: [''], AWAY: ['1'] });
    const { log, fields: read } = recorder();
    const again = new Uint8Array([65, 66]);
    log
      .child({
        again,
        get away() {
          structuredClone(again.buffer, { transfer: [again.buffer] });
          return 1;
        },
      })
      .info('m');
    expect(read()).toEqual({ AGAIN: [''], AWAY: ['1'], MESSAGE: ['m'] });
  });

  it('a getter that throws costs its field alone', () => {
    const fields = {
      a: 1,
      get b() {
        return throwing();
      },
      c: 3,
    };
    expect(fieldsOf(fields)).toEqual({ A: ['1'], B: ['[unreadable: no way]'], C: ['3'] });
  });

  it('a getter that logs in turn loses neither entry', () => {
    const { log, payloads } = recorder();
    log.info('outer', {
      a: 1,
      get b() {
        log.info('inner', { c: 2 });
        return 3;
      },
    });
    expect(payloads.map(String)).toEqual([
      expect.stringContaining('MESSAGE=inner\nC=2\n'),
      expect.stringContaining('MESSAGE=outer\nA=1\nB=3\n'),
    ]);
  });

  it('fields that cannot be listed leave the message', () => {
    expect(fieldsOf(evil)).toEqual({ READYD_NOTE: ['the fields cannot be listed: [unreadable: no way]'] });
    expect(fieldsOf(proxy).READYD_NOTE).toHaveLength(1);
  });
});

describe('fields', () => {
  it('keep both of two names that collide', () => {
    expect(fieldsOf({ requestId: 1, request_id: 2, 'REQUEST-ID': 3 })).toEqual({ REQUEST_ID: ['1', '2', '3'] });
  });

  it('are the own enumerable ones', () => {
    const fields = Object.create({ inherited: 1 }, { hidden: { value: 2 }, own: { value: 3, enumerable: true } });
    expect(fieldsOf({ ...fields, [Symbol('s')]: 4 })).toEqual({ OWN: ['3'] });
    expect(fieldsOf(fields)).toEqual({ OWN: ['3'] });
  });

  it.each<[unknown, Record<string, string[]>]>([
    [undefined, {}],
    [null, {}],
    ['text', { FIELD: ['text'] }],
    [5, { FIELD: ['5'] }],
    [['a', 'b'], { FIELD: ['a', 'b'] }],
    [new Map([['a', 1]]), { FIELD: ['{"a":1}'] }],
    [new Set(['a']), { FIELD: ['["a"]'] }],
    [new Date(0), { FIELD: ['1970-01-01T00:00:00.000Z'] }],
    [/a/g, { FIELD: ['/a/g'] }],
    [new URL('http://a/'), { FIELD: ['http://a/'] }],
    [Object('text'), { FIELD: ['text'] }],
    [Buffer.from('bytes'), { FIELD: ['bytes'] }],
    [Buffer.from('bytes').buffer.slice(0, 0), { FIELD: [''] }],
    [runInNewContext('new Map([["a", 1]])'), { FIELD: ['{"a":1}'] }],
    [runInNewContext('({ a: 1 })'), { A: ['1'] }],
    [Object.assign(Object.create(null), { a: 1 }), { A: ['1'] }],
    [
      new (class {
        a = 1;
      })(),
      { A: ['1'] },
    ],
  ])('%j in their place is no reason to throw', (given, fields) => expect(fieldsOf(given)).toEqual(fields));

  it('may be an error', () => {
    expect(fieldsOf(new TypeError('bad'))).toMatchObject({ ERROR: ['TypeError: bad'], ERROR_NAME: ['TypeError'] });
  });
});

describe('a message id', () => {
  const id = 'fc2e22bc6ee647b6b90729ab34a250b1';

  it('is MESSAGE_ID as messageId', () => {
    expect(fieldsOf({ messageId: id })).toEqual({ MESSAGE_ID: [id] });
    expect(fieldsOf({ messageId: id.toUpperCase() })).toEqual({ MESSAGE_ID: [id] });
    expect(fieldsOf({ messageId: 'fc2e22bc-6ee6-47b6-b907-29ab34a250b1' })).toEqual({ MESSAGE_ID: [id] });
  });

  it.each(['MESSAGE_ID', 'message-id', 'message_id', '_messageId'])('as %s is a field like any other', (key) => {
    expect(fieldsOf({ [key]: id })).toEqual({ FIELD_MESSAGE_ID: [id] });
    expect(fieldsOf({ [key]: 'x' })).toEqual({ FIELD_MESSAGE_ID: ['x'] });
  });

  it.each<[unknown, string]>([
    ['', ''],
    [id.slice(1), id.slice(1)],
    [`${id}0`, `${id}0`],
    [`${id}\n`, `${id}\n`],
    [`g${id.slice(1)}`, `g${id.slice(1)}`],
    [7, '7'],
    [{ id }, `{"id":"${id}"}`],
  ])('%j is kept under another name', (given, text) => {
    expect(fieldsOf({ messageId: given })).toEqual({
      MESSAGE_ID_INVALID: [text],
      READYD_NOTE: ['MESSAGE_ID must be 32 hex digits'],
    });
  });

  it('may be left out', () => expect(fieldsOf({ messageId: undefined })).toEqual({}));
});
