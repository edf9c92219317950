import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInteger, parsePid, UINT64_MAX } from '../../src/environment/integer.ts';

const u64 = (text: string) => parseInteger(text, 0n, UINT64_MAX);

describe('an integer in the environment', () => {
  it.each([
    ['0', 0n],
    ['7', 7n],
    ['+7', 7n],
    ['-0', 0n],
    [' \t7', 7n],
    ['010', 8n],
    ['0o17', 15n],
    ['0x1F', 31n],
    ['0b101', 5n],
    ['18446744073709551615', UINT64_MAX],
  ])('%j is %s', (text, value) => expect(u64(text)).toBe(value));

  it.each(['', ' ', '+', '-', '7 ', '7\n', '7s', '0x', '08', '0b2', '1.5', '1e3', '٣', '1_000'])(
    '%j is no number',
    (text) => expect(u64(text)).toBe('not a number'),
  );

  it.each(['-1', '18446744073709551616'])('%j is out of range', (text) => expect(u64(text)).toBe('out of range'));

  it('reads back every decimal', () =>
    fc.assert(fc.property(fc.bigInt(0n, UINT64_MAX), (value) => u64(String(value)) === value)));
});

describe('a pid in the environment', () => {
  it.each([
    ['1', 1],
    ['2147483647', 2_147_483_647],
  ])('%j is %d', (text, pid) => expect(parsePid(text)).toBe(pid));

  it.each(['0', '-0', '-1', '2147483648'])('%j is out of range', (text) => expect(parsePid(text)).toBe('out of range'));
});
