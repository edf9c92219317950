// log.run() and mixin: they add fields to entries that other code logs.
import { EventEmitter } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import winston from 'winston';
import type * as readyd from '../../src/index.ts';
import { journal } from '../../src/journal/create-journal.ts';
import type { Fields } from '../../src/journal/field-value.ts';
import { pinoJournal } from '../../src/pino.ts';
import { JournalTransport } from '../../src/winston.ts';
import { anyFields } from './any-fields.ts';
import { fieldsOf, recorder } from './recorder.ts';

/** The lines that a logger writes if there is no journal. */
function texts(): { readonly all: string[]; readonly stream: Writable } {
  const all: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      all.push(String(chunk));
      done();
    },
  });
  return { all, stream };
}

describe('log.run()', () => {
  it('gives its fields to every entry of its work, and to no other', async () => {
    const { log, fields } = recorder();
    const other = recorder({ fields: { app: 'x' } });
    log.info('before');
    expect(fields()).toEqual({ MESSAGE: ['before'] });
    await log.run({ requestId: 'b7e1' }, async () => {
      log.info('m', { a: 1 });
      expect(fields()).toEqual({ MESSAGE: ['m'], REQUEST_ID: ['b7e1'], A: ['1'] });
      log.error({ a: 1 }, 'took %d ms', 12);
      expect(fields()).toEqual({ MESSAGE: ['took 12 ms'], REQUEST_ID: ['b7e1'], A: ['1'] });
      await sleep(1);
      other.log.child({ b: 2 }).info('m');
      expect(other.fields()).toEqual({ MESSAGE: ['m'], REQUEST_ID: ['b7e1'], APP: ['x'], B: ['2'] });
    });
    log.info('after');
    expect(fields()).toEqual({ MESSAGE: ['after'] });
  });

  it('reaches timers, immediates, ticks, microtasks, events and streams', async () => {
    const { log, payloads } = recorder();
    const ended = new Set<string>();
    const ways: Record<string, (done: () => void) => void> = {
      setTimeout: (done) => setTimeout(done, 1),
      setInterval: (done) => {
        const timer = setInterval(() => {
          clearInterval(timer);
          done();
        }, 1);
      },
      setImmediate: (done) => setImmediate(done),
      nextTick: (done) => process.nextTick(done),
      queueMicrotask: (done) => queueMicrotask(done),
      promise: (done) =>
        void (async () => {
          await Promise.resolve();
          done();
        })(),
      event: (done) => void new EventEmitter().once('x', done).emit('x'),
      stream: (done) => void new PassThrough().on('data', done).end('x'),
    };
    const all = Object.entries(ways).map(
      ([name, way]) =>
        new Promise<void>((resolve) => {
          log.run({ way: name }, () =>
            way(() => {
              log.info(name);
              ended.add(name);
              resolve();
            }),
          );
        }),
    );
    await Promise.all(all);
    expect(ended.size).toBe(Object.keys(ways).length);
    for (const payload of payloads) expect(payload).toMatch(/MESSAGE=(\w+)\nWAY=\1\n$/);
  });

  it('keeps work apart that runs at the same time', async () => {
    const { log, payloads } = recorder();
    const work = async (id: number): Promise<void> => {
      for (let step = 0; step < 5; step += 1) {
        await (step % 2 === 0 ? turn() : sleep(Math.random() * 3));
        log.info(`${id}`);
      }
    };
    await Promise.all(Array.from({ length: 50 }, (_, id) => log.run({ id }, () => work(id))));
    expect(payloads).toHaveLength(250);
    for (const payload of payloads) expect(payload).toMatch(/MESSAGE=(\d+)\nID=\1\n$/);
  });

  it('may be nested: the inner value of a name replaces the outer one', () => {
    const { log, fields } = recorder();
    log.run({ a: 1, b: 1 }, () => {
      log.run({ b: 2, c: [3, 4] }, () => log.info('inner', { c: 5 }));
      expect(fields()).toEqual({ MESSAGE: ['inner'], A: ['1'], B: ['2'], C: ['3', '4', '5'] });
      log.info('outer');
      expect(fields()).toEqual({ MESSAGE: ['outer'], A: ['1'], B: ['1'] });
    });
  });

  it('returns what its work returns, and throws what it throws', async () => {
    const { log } = recorder();
    expect(log.run({ a: 1 }, () => 5)).toBe(5);
    expect(await log.run({ a: 1 }, async () => 6)).toBe(6);
    expect(() =>
      log.run({}, () => {
        throw new RangeError('x');
      }),
    ).toThrow(RangeError);
    for (const work of [undefined, 5, {}]) {
      expect(() => log.run({}, work as never)).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ARG' }));
    }
  });

  it.each<[string, unknown]>([
    ['several lines', 'x\nPRIORITY=0'],
    ['text beyond ASCII', 'Zürich'],
    ['bytes', Buffer.from('\u0000\u0001')],
    ['an object', { a: 1 }],
    ['an error', new TypeError('bad')],
    ['a long text', 'x'.repeat(5000)],
    ['many', Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`f${index}`, index]))],
    [
      'what throws',
      {
        get a() {
          throw new Error('no');
        },
      },
    ],
    ['nothing', undefined],
  ])('takes %s', (_, value) => {
    const { log, fields } = recorder();
    log.run({ value } as Fields, () => log.info('m'));
    expect(fields()).toEqual({ MESSAGE: ['m'], ...fieldsOf({ value }) });
  });

  it('writes the fields that a call would write, whatever they are', () => {
    const { log, fields } = recorder();
    fc.assert(
      fc.property(anyFields.map(Object.fromEntries), (given: Record<string, unknown>) => {
        log.run(given as Fields, () => log.info('m'));
        const { MESSAGE: _, ...inside } = fields();
        expect(inside).toEqual(fieldsOf(given));
      }),
    );
  });

  it('takes anything in the place of fields', () => {
    const { log, fields } = recorder();
    for (const [given, expected] of [
      [null, {}],
      [undefined, {}],
      ['x', { FIELD: ['x'] }],
    ] as const) {
      log.run(given as never, () => log.info('m'));
      expect(fields()).toEqual({ MESSAGE: ['m'], ...expected });
    }
  });

  it('encodes its fields once, at the beginning', () => {
    const { log, payloads } = recorder();
    let reads = 0;
    const bytes = Buffer.from('before');
    const given = {
      get a() {
        reads += 1;
        return reads;
      },
      bytes,
    };
    log.run(given, () => {
      bytes.fill('x');
      log.info('m');
      log.info('m');
    });
    expect(reads).toBe(1);
    expect(payloads[0]).toEqual(payloads[1]);
    expect(String(payloads[0])).toContain('before');
  });

  it('writes what the serializers of its logger make of its fields', () => {
    const { log, fields } = recorder();
    const child = log.child({}, { serializers: { secret: () => '…' } });
    child.run({ secret: 'x' }, () => log.info('m'));
    expect(fields()).toEqual({ MESSAGE: ['m'], SECRET: ['…'] });
  });

  it('reaches the text of a logger that has no journal', () => {
    const { log } = recorder();
    const { all, stream } = texts();
    const plain = journal({ connect: 'never', fallback: stream });
    log.run({ requestId: 'b7e1' }, () => plain.info('m', { a: 1 }));
    expect(all.join('')).toMatch(/INFO +m REQUEST_ID=b7e1 A=1\n$/);
  });

  it('is one for all copies of the package', async () => {
    const { log, fields } = recorder();
    const copy = (await import(`${'../..'}/dist/index.js`)) as Pick<typeof readyd, 'journal'>;
    copy.journal({ fallback: 'off' }).run({ requestId: 1 }, () => log.info('m'));
    expect(fields()).toEqual({ MESSAGE: ['m'], REQUEST_ID: ['1'] });
  });
});

describe('the adapters', () => {
  const { all, stream } = texts();
  const options = { connect: 'never', fallback: stream } as const;
  const log = journal(options);

  it('pino writes the fields of a run, and of a mixin', () => {
    const logger = pino({ level: 'trace' }, pinoJournal({ ...options, mixin: () => ({ traceId: 'abc' }) }));
    log.run({ requestId: 7 }, () => logger.child({ a: 1 }).info('pino'));
    expect(all.at(-1)).toMatch(/INFO +pino REQUEST_ID=7 TRACE_ID=abc A=1\n$/);
  });

  it('winston writes them, from its first entry on', async () => {
    const logger = winston.createLogger({
      level: 'silly',
      transports: [new JournalTransport({ ...options, mixin: () => ({ traceId: 'abc' }) })],
    });
    const count = all.length;
    log.run({ requestId: 7 }, () => logger.info('first'));
    log.run({ requestId: 8 }, () => logger.child({ a: 1 }).info('second'));
    await turn();
    log.run({ requestId: 9 }, () => logger.info('third'));
    await turn();
    expect(all.slice(count).map((line) => line.replace(/^.*INFO +/, ''))).toEqual([
      'first REQUEST_ID=7 TRACE_ID=abc\n',
      'second REQUEST_ID=8 TRACE_ID=abc A=1\n',
      'third REQUEST_ID=9 TRACE_ID=abc\n',
    ]);
    logger.close();
  });
});

describe('mixin', () => {
  it('is called for each entry that is written', () => {
    let calls = 0;
    const { log, fields, payloads } = recorder({ level: 'info', mixin: () => ({ call: ++calls }) });
    log.debug('no');
    log.info('m', { a: 1 });
    expect(fields()).toEqual({ MESSAGE: ['m'], CALL: ['1'], A: ['1'] });
    log.child({ b: 1 }).error(new Error('m'));
    expect(fields()).toMatchObject({ MESSAGE: ['m'], B: ['1'], CALL: ['2'] });
    expect([calls, payloads.length]).toEqual([2, 2]);
  });

  it.each<[unknown, Record<string, string[]>]>([
    [undefined, {}],
    [null, {}],
    [{}, {}],
    [{ a: 1, b: undefined }, { A: ['1'] }],
    [{ a: 'x\ny' }, { A: ['x\ny'] }],
    ['x', { FIELD: ['x'] }],
  ])('may return %j', (value, expected) => {
    const { log, fields } = recorder({ mixin: () => value as never });
    log.info('m', { c: 1 });
    expect(fields()).toEqual({ MESSAGE: ['m'], ...expected, C: ['1'] });
  });

  it('that throws costs a note, and not the entry', () => {
    const { log, fields } = recorder({
      mixin: () => {
        throw new Error('no way');
      },
    });
    log.info('m', { a: 1 });
    expect(fields()).toEqual({ MESSAGE: ['m'], A: ['1'], READYD_NOTE: ['the mixin failed: [unreadable: no way]'] });
  });

  it('may log in turn', () => {
    const { log, payloads } = recorder({
      mixin: () => {
        log.info('inner');
        return { a: 1 };
      },
    });
    log.info('outer');
    expect(payloads.map(String)).toEqual([
      'SYSLOG_IDENTIFIER=test\nPRIORITY=6\nMESSAGE=inner\n',
      'SYSLOG_IDENTIFIER=test\nPRIORITY=6\nMESSAGE=outer\nA=1\n',
    ]);
  });

  it('must be a function', () =>
    expect(() => recorder({ mixin: {} as never })).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ARG' })));
});
