// The fast path for lines of pino says what the other one says, or nothing.
import { hostname } from 'node:os';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readFlatLine } from '../../src/adapters/pino-flat-line.ts';
import { type LineFormat, readLine } from '../../src/adapters/pino-line.ts';

const FORMAT: LineFormat = {
  messageKey: 'msg',
  errorKey: 'err',
  nestedKey: undefined,
  labels: { 10: 'trace', 30: 'info', 35: 'audit' },
  priorities: {},
};

const key = fc.oneof(
  fc.constantFrom('msg', 'err', 'level', 'time', 'pid', 'hostname', 'LEVEL', '__proto__', 'constructor', '0', 'a', ''),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(hostname(), process.pid, -0, 1e21, 1e-7, 12345678901234567890n),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 1 }),
);
const token = value.map((one) => (typeof one === 'bigint' ? String(one) : (JSON.stringify(one) ?? 'null')));
const member = fc.tuple(key, token).map(([name, text]) => `,${JSON.stringify(name)}:${text}`);
const line = fc
  .tuple(fc.constantFrom(10, 20, 30, 35, 60, 7), fc.array(member, { maxLength: 6 }), fc.boolean())
  .map(
    ([level, members, named]) =>
      `{"level":${level},"time":1700000000000${members.join('')}${named ? ',"msg":"m"' : ''}}`,
  );
/** A line with a character more, less, or another one. */
const damaged = fc.tuple(line, fc.nat(), fc.string({ maxLength: 1 }), fc.nat(1)).map(([text, at, by, count]) => {
  const place = at % (text.length + 1);
  return text.slice(0, place) + by + text.slice(place + count);
});

it.each([
  ['flat', line],
  ['damaged', damaged],
])('a %s line', (_, lines) => {
  let read = 0;
  fc.assert(
    fc.property(lines, fc.constantFrom(undefined, 30, 35, 50), (text, level) => {
      const flat = readFlatLine(text, FORMAT, level);
      if (flat === undefined) return;
      read += 1;
      expect(flat).toEqual(readLine(text, FORMAT, level));
      expect(Object.keys(flat.fields)).toEqual(Object.keys(readLine(text, FORMAT, level).fields));
    }),
    { numRuns: 5000 },
  );
  expect(read).toBeGreaterThan(100);
});

it('reads what pino writes of most calls', () => {
  const text = `{"level":30,"time":1700000000000,"pid":${process.pid},"hostname":${JSON.stringify(hostname())},"a":"x","n":1.5,"ok":true,"msg":"served"}`;
  expect(readFlatLine(text, FORMAT, 30)).toEqual({
    level: 'info',
    message: 'served',
    fields: { a: 'x', n: 1.5, ok: true },
  });
});
