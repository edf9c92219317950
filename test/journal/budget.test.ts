// The work of one log call is limited for any argument. The tests count reads instead of measuring a time.
import { describe, expect, it, vi } from 'vitest';
import { Budget, STEPS_MAX } from '../../src/journal/budget.ts';
import { createLogger } from '../../src/journal/create-journal.ts';
import type { Fields } from '../../src/journal/field-value.ts';
import type { Journal } from '../../src/journal/logger.ts';
import { checkOptions } from '../../src/journal/options.ts';
import { jsonFormat, plainFormat } from '../../src/journal/plain-text.ts';
import { TextOutput } from '../../src/journal/text-output.ts';
import { recorder } from './recorder.ts';

const OVER = 'too much for one entry: the rest is left out';
const TOLD = /too much for one entry: the rest is left out|[A-Z]+ has \d+ items: the first \d+ are here/;
const MIB = 1024 * 1024;
/** One read for each key, item and object, and a few more for the outermost object. */
const READS_MAX = 2 * STEPS_MAX + 100;

/** An object that counts the reads of itself and of everything below it. */
function counting(target: object): { proxy: object; reads: () => number } {
  let reads = 0;
  const wrap = (one: object): object =>
    new Proxy(one, {
      get(from, key, receiver) {
        if (typeof key === 'string') reads += 1;
        const value: unknown = Reflect.get(from, key, receiver);
        return typeof value === 'object' && value !== null ? wrap(value) : value;
      },
      getOwnPropertyDescriptor(from, key) {
        reads += 1;
        return Reflect.getOwnPropertyDescriptor(from, key);
      },
    });
  return { proxy: wrap(target), reads: () => reads };
}

const keys = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, index]));
/** A tree of 2^40 nodes, of which there are 40. */
function graph(): object {
  let inner: object = { end: true };
  for (let depth = 0; depth < 40; depth += 1) inner = { a: inner, b: inner };
  return inner;
}

function nested(width: number, depth: number): object {
  return depth === 0 ? {} : Array.from({ length: width }, () => nested(width, depth - 1));
}

interface Kind {
  readonly log: Journal;
  readonly size: () => number;
  readonly text: () => string;
}

const KINDS: [string, () => Kind][] = [
  [
    'the journal',
    () => {
      const { log, bytes } = recorder();
      return { log, size: () => bytes().length, text: () => bytes().toString() };
    },
  ],
  ['text', () => lines(plainFormat)],
  ['JSON', () => lines(jsonFormat)],
];

function lines(format: typeof plainFormat): Kind {
  let text = '';
  const sink = {
    write(line: string) {
      text = line;
      return true;
    },
    flush: () => Promise.resolve(),
    flushSync: () => true,
    close: () => Promise.resolve(),
  };
  return {
    log: createLogger(new TextOutput(sink, format), checkOptions({ identifier: 'test' })),
    size: () => text.length,
    text: () => text,
  };
}

describe.each(KINDS)('an entry for %s', (_, kind) => {
  it.each<[string, () => object]>([
    ['20 000 keys', () => keys(20_000)],
    ['20 000 keys below one', () => ({ all: keys(20_000) })],
    ['a list of 20 000', () => ({ list: Array.from({ length: 20_000 }, () => ({})) })],
    ['an empty list, a billion long', () => ({ list: new Array(1e9) })],
    ['a graph that shares its objects', () => graph()],
    [
      'a hundred fields that share a graph',
      () => {
        const shared = graph();
        return Object.fromEntries(Array.from({ length: 100 }, (__, index) => [`f${index}`, shared]));
      },
    ],
    ['a list of 2000 that share a graph', () => ({ list: new Array(2000).fill(graph()) })],
    ['lists in lists', () => ({ list: nested(7, 6) })],
  ])('reads a bounded part of %s', (__, make) => {
    const { proxy, reads } = counting(make());
    const { log, text } = kind();
    log.info('m', proxy as Fields);
    expect(reads()).toBeGreaterThan(0);
    expect(reads()).toBeLessThan(3 * READS_MAX);
    expect(text()).toMatch(TOLD);
  });

  const large = 'x'.repeat(MIB);
  const error = Object.assign(new Error('e'), { stack: large });
  const cause = Array.from({ length: 60 }).reduce<Error>(
    (inner) => Object.assign(new Error('e', { cause: inner }), { stack: large }),
    error,
  );
  it.each<[string, unknown, unknown]>([
    ['a list of one text', 'm', { list: new Array(1000).fill(large) }],
    ['a list of the same bytes', 'm', { list: new Array(1000).fill(Buffer.alloc(MIB)) }],
    [
      'an object of one text',
      'm',
      { o: Object.fromEntries(Array.from({ length: 1000 }, (__, index) => [index, large])) },
    ],
    ['an object of the same bytes', 'm', { o: new Array(1000).fill(Buffer.alloc(MIB)) }],
    ['an object of long keys', 'm', { o: Array.from({ length: 1000 }, () => ({ [large]: 1 })) }],
    ['a chain of errors', cause, {}],
    ['a chain of errors in a field', 'm', { cause }],
    ['an error of errors', new AggregateError(new Array(1000).fill(error)), {}],
    ['a list of errors', 'm', { list: new Array(1000).fill(error) }],
    ['a symbol', 'm', { list: new Array(1000).fill(Symbol(large)) }],
    ['a message that is a list', new Array(1000).fill(large), {}],
  ])('is bounded where it has the same text many times: %s', (__, message, fields) => {
    const { log, size, text } = kind();
    log.info(message as string, fields as Fields);
    expect(size()).toBeLessThan(8 * MIB);
    expect(text()).toMatch(TOLD);
  });

  it('has its other fields where one takes the whole budget', () => {
    const { log, text } = kind();
    log.info('message', { a: 1, graph: graph(), b: 'after', list: new Array(1e9), c: 3 });
    expect(text()).toMatch(/message/);
    expect(text()).toMatch(/B\W+after/);
    expect(text()).toMatch(/C\W+3/);
    expect(text()).toContain('LIST has 1000000000 items');
  });

  it.each([
    ['texts', keys(5)],
    ['an object among them', { a: 1, o: {}, b: 2 }],
    ['more than are written', keys(20_000)],
  ])('lists the keys of its fields once: %s', (__, fields) => {
    const ownKeys = vi.fn(Reflect.ownKeys);
    const { log } = kind();
    log.info('m', new Proxy(fields, { ownKeys }) as Fields);
    expect(ownKeys).toHaveBeenCalledTimes(1);
  });

  it('has no note where nothing was left out', () => {
    const { log, text } = kind();
    log.info('m', {
      ...keys(500),
      list: Array.from({ length: 100 }, (__, index) => ({ index })),
      error: new Error('e'),
    });
    expect(text()).not.toContain('too much');
  });

  it('of a child says it in each entry', () => {
    const { log, text } = kind();
    const child = log.child({ graph: graph() });
    for (const message of ['one', 'two']) {
      child.info(message, { list: [1] });
      expect(text()).toContain(OVER);
      expect(text()).toMatch(/LIST\W+1/);
    }
  });
});

describe('a large number', () => {
  it('is written up to 16 384 bits', () => {
    const { log, fields } = recorder();
    const number = -(2n ** 16_383n);
    log.info('m', { number, larger: number - 1n, list: [{ huge: 1n << 1_000_000n }] });
    expect(fields()).toMatchObject({
      NUMBER: [String(number)],
      LARGER: ['[more than 16384 bits]'],
      LIST: ['{"huge":"[more than 16384 bits]"}'],
    });
  });
});

describe('a getter', () => {
  it.each<[string, object]>([
    ['before an object', { o: {} }],
    ['before a long text', { t: 'x'.repeat(1000) }],
    ['before text of two lines', { t: 'a\nb' }],
    [
      'before a getter that throws',
      Object.defineProperty({}, 't', {
        enumerable: true,
        get: () => {
          throw new Error('no');
        },
      }),
    ],
    ['before a message id', { messageId: 'x' }],
    ['before nothing else', {}],
    ['before 600 others', keys(600)],
  ])('is called once, %s', (__, rest) => {
    const get = vi.fn(() => 7);
    const fields = Object.defineProperty({ first: 1 }, 'got', { enumerable: true, get });
    Object.defineProperties(fields, Object.getOwnPropertyDescriptors(rest));
    const { log, fields: read } = recorder();
    log.info('m', fields);
    expect(get).toHaveBeenCalledTimes(1);
    expect(read()).toMatchObject({ FIRST: ['1'], GOT: ['7'] });
  });

  it('that throws is called once, and costs its field alone', () => {
    const get = vi.fn(() => {
      throw new Error('no way');
    });
    const { log, fields } = recorder();
    log.info('m', Object.defineProperty({ a: 1 }, 'got', { enumerable: true, get }) as Fields);
    expect(get).toHaveBeenCalledTimes(1);
    expect(fields()).toMatchObject({ A: ['1'], GOT: ['[unreadable: no way]'] });
  });

  it('of a mixin that throws costs no field of the call', () => {
    const mixin = () =>
      Object.defineProperty({ m: 1 }, 'bad', {
        enumerable: true,
        get: () => {
          throw new Error('no');
        },
      }) as Fields;
    const { log, fields } = recorder({ mixin });
    log.info('m', { a: 1 });
    expect(fields()).toEqual({ MESSAGE: ['m'], M: ['1'], BAD: ['[unreadable: no]'], A: ['1'] });
  });

  it('called constructor is a field like any other', () => {
    const get = vi.fn(() => 'c');
    const { log, fields } = recorder();
    log.info('m', Object.defineProperty({ a: {} }, 'constructor', { enumerable: true, get }) as Fields);
    expect(get).toHaveBeenCalledTimes(1);
    expect(fields()).toMatchObject({ CONSTRUCTOR: ['c'] });
  });

  it('that logs what has to go the longer way, too, loses neither entry', () => {
    const { log, payloads } = recorder();
    log.info('outer', {
      a: 1,
      get b() {
        log.info('inner', { c: 2, d: {} });
        return 3;
      },
      e: {},
    });
    expect(payloads.map(String)).toEqual([
      expect.stringContaining('MESSAGE=inner\nC=2\nD={}\n'),
      expect.stringContaining('MESSAGE=outer\nA=1\nB=3\nE={}\n'),
    ]);
  });
});

describe('a budget', () => {
  it('is over when more is wanted than it has', () => {
    const budget = new Budget();
    expect(budget.take(STEPS_MAX)).toBe(STEPS_MAX);
    expect([budget.needsNote, budget.left]).toEqual([false, 0]);
    expect(budget.spend(1)).toBe(false);
    expect(budget.needsNote).toBe(true);
  });

  it('cuts a text', () => {
    const budget = new Budget();
    expect(budget.text('x'.repeat(MIB - 1))).toHaveLength(MIB - 1);
    expect(budget.text('ab')).toBe('a…');
    expect(budget.needsNote).toBe(true);
  });
});
