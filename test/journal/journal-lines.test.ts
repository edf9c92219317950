import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { journalLines } from '../../src/journal/journal-lines.ts';
import { FieldList, jsonFormat, plainFormat } from '../../src/journal/plain-text.ts';

const LINE_MAX = 48 * 1024;

function entry(message: string): FieldList {
  const list = new FieldList();
  list.text('MESSAGE', message);
  return list;
}

/** Splits a stream as journald does: src/journal/journald-stream.c, with the default LineMax=. */
function journaldReads(stream: string): [priority: string, text: string][] {
  const entries: [string, string][] = [];
  let rest = Buffer.from(stream);
  while (rest.length > 0) {
    const newline = rest.indexOf(10);
    const end = Math.min(newline < 0 ? rest.length : newline, LINE_MAX);
    const line = rest.subarray(0, end).toString();
    const [, priority = 'none', text = line] = /^<([0-7])>([\s\S]*)$/.exec(line) ?? [];
    entries.push([priority, text]);
    rest = rest.subarray(end === newline ? end + 1 : end);
  }
  return entries;
}

describe.each([
  ['text', plainFormat],
  ['JSON', jsonFormat],
])('%s for the journal', (_, format) => {
  const read = (message: string) => journaldReads(journalLines(format)(4, entry(message).fields));

  it('has the priority of the entry where a message is made to be cut before another one', () => {
    for (let length = LINE_MAX - 200; length < LINE_MAX + 10; length += 1) {
      const entries = read(`${'x'.repeat(length)}<0>FORGED`);
      expect(entries.map(([priority]) => priority)).toEqual(entries.map(() => '4'));
    }
  });

  it('has it in each line, whatever the message', () => {
    const piece = fc.constantFrom('<0>', '\n', 'é', '😀', 'x', '\u0000', '\ud800', '\u001b');
    const long = fc.tuple(piece, fc.integer({ min: 1, max: 60_000 })).map(([text, count]) => text.repeat(count));
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, long), { maxLength: 5 }), (parts) =>
        read(parts.join('')).every(([priority]) => priority === '4'),
      ),
      { numRuns: 30 },
    );
  });
});

describe('a line for the journal', () => {
  it('has the priority in front', () => {
    const list = entry('one\n<0>two');
    list.text('A', '1');
    expect(journalLines(plainFormat)(4, list.fields)).toBe('<4>one A=1\n<4>    <0>two\n');
  });

  it.each(['x', 'é', '日', '😀'])('that is too long goes on in the next one, and no character is lost: %s', (one) => {
    const message = one.repeat(100_000);
    const entries = journaldReads(journalLines(plainFormat)(6, entry(message).fields));
    expect(entries.length).toBeGreaterThan(1);
    expect(entries.map(([, text]) => text).join('')).toBe(message);
  });

  it('that just fits stays whole', () => {
    const json = 'x'.repeat(LINE_MAX - 200);
    expect(journalLines(jsonFormat)(6, entry(json).fields).match(/\n/g)).toHaveLength(1);
  });
});
