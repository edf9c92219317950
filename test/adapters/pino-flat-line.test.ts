// The fast path for lines of pino writes the bytes that the slow path writes, or nothing.
import { hostname } from 'node:os';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FlatLines } from '../../src/adapters/pino-flat-line.ts';
import { type LineFormat, readLine } from '../../src/adapters/pino-line.ts';
import { Account } from '../../src/journal/account.ts';
import { createLogger } from '../../src/journal/create-journal.ts';
import type { Fields } from '../../src/journal/field-value.ts';
import type { LineLogger } from '../../src/journal/logger.ts';
import { checkOptions } from '../../src/journal/options.ts';
import { type EntrySink, JournalOutput } from '../../src/journal/output.ts';
import { shortEntry } from '../../src/journal/short-entry.ts';

const FORMAT: LineFormat = {
  messageKey: 'msg',
  errorKey: 'err',
  nestedKey: undefined,
  labels: { 10: 'trace', 30: 'info', 35: 'audit', 50: 'error' },
  priorities: {},
};

const memory = new ArrayBuffer(8192);
/** The last entry that a logger has written. */
let written: string | undefined;
const sink: EntrySink = {
  send: (payload) => {
    written = Buffer.from(payload).toString();
    return 'sent';
  },
  sendOutbox: (size) => {
    written = Buffer.from(memory.slice(0, size)).toString();
  },
  flush: () => Promise.resolve(),
  flushSync: () => true,
  close: () => Promise.resolve(),
};
const options = checkOptions({ identifier: 'app', level: 'debug' });
const account = new Account(1e6, 'drop');
const log = createLogger(new JournalOutput(sink, account, shortEntry(memory)), options);
const flat = new FlatLines(log as typeof log & LineLogger, FORMAT);
const slow = createLogger(new JournalOutput(sink, account), options);

function fastly(line: string, level: number): string | undefined {
  written = undefined;
  return flat.write(`${line}\n`, level) ? written : undefined;
}

/** An object has keys such as `0` first, a line has them where they were written. */
function fieldsOf(entry: string | undefined): readonly string[] {
  return entry?.split('\n').toSorted() ?? [];
}

function slowly(line: string, lineLevel: number): string | undefined {
  const { level, message, fields } = readLine(line, FORMAT, lineLevel);
  slow.log(level, message, fields as Fields); // it takes any value at all
  return written;
}

const key = fc.oneof(
  fc.constantFrom(
    'msg',
    'err',
    'level',
    'time',
    'pid',
    'hostname',
    'LEVEL',
    'messageId',
    '__proto__',
    'constructor',
    '0',
    'a',
    '',
  ),
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
  let count = 0;
  fc.assert(
    fc.property(lines, fc.constantFrom(10, 30, 35, 50), (text, level) => {
      const bytes = fastly(text, level);
      if (bytes === undefined) return;
      count += 1;
      expect(fieldsOf(bytes)).toEqual(fieldsOf(slowly(text, level)));
    }),
    { numRuns: 20_000 },
  );
  expect(count).toBeGreaterThan(10);
});

const START = `{"level":30,"time":1700000000000,"pid":${process.pid},"hostname":${JSON.stringify(hostname())}`;

it('writes what pino writes of most calls', () => {
  const text = `${START},"requestId":"x","n":1.5,"big":-12,"ok":true,"none":null,"msg":"served"}`;
  const fields = 'REQUEST_ID=x\nN=1.5\nBIG=-12\nOK=true\n';
  expect(fastly(text, 30)).toBe(`SYSLOG_IDENTIFIER=app\nPRIORITY=6\nMESSAGE=served\n${fields}`);
  expect(fastly(text.replace('"x"', '"other"'), 30)).toContain('REQUEST_ID=other\n');
});

it.each([
  ['a repeated key', `${START},"a":1,"a":2,"msg":"m"}`],
  ['a repeated message', `${START},"msg":1,"msg":"m"}`],
  ['a repeated level', `${START},"level":1,"msg":"m"}`],
  ['a message that is not the last member', `${START},"msg":"m","a":1}`],
  ['an id of messages', `${START},"messageId":"8d45620c1a4348dbb17410da57c60c66","msg":"m"}`],
  ['an escape', `${START},"a":"\\n","msg":"m"}`],
  ['an escape in the message', `${START},"msg":"\\u001b[1m"}`],
  ['other characters than ASCII', `${START},"a":"ä","msg":"m"}`],
  ['an object', `${START},"a":{},"msg":"m"}`],
  ['a number with an exponent', `${START},"a":1e3,"msg":"m"}`],
  ['a number of other digits', `${START},"a":1.50,"msg":"m"}`],
  ['a small number', `${START},"a":0.0000001,"msg":"m"}`],
  ['a negative zero', `${START},"a":-0,"msg":"m"}`],
  ['a long number', `${START},"a":12345678901234567890,"msg":"m"}`],
  ['too much text', `${START},"a":"${'x'.repeat(9000)}","msg":"m"}`],
  ['a level of another number', `${START.replace('30', '31')},"msg":"m"}`],
])('leaves a line with %s to the slow path', (_, text) => {
  expect(fastly(text, 30)).toBe(undefined);
  expect(written).toBe(undefined);
});
