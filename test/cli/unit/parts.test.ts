import { describe, expect, test } from 'vitest';
import {
  checkName,
  parseCount,
  parseCredential,
  parseFolder,
  parseTime,
  parseVariable,
  parseYes,
} from '../../../src/cli/unit/parts.ts';
import { UsageError } from '../../../src/cli/unit/usage.ts';

describe.each([
  [
    'a name',
    (text: string) => checkName('--name', text),
    ['shop', 'shop-2.b_c'],
    ['', '-x', '.x', 'a b', 'a/b', 'a@b', 'é', 'x'.repeat(201), 'root', 'root.service'],
  ],
  [
    'a time',
    (text: string) => parseTime('--watchdog', text),
    ['30', '30s', '500ms', '1min 30s', '0.5s'],
    ['', '0', '0s', 's', '-1s', '1y2', '30 parsecs', 'infinity'],
  ],
  [
    'a folder',
    (text: string) => parseFolder('--state', text),
    ['shop', 'shop/data'],
    ['', '/var/lib/x', '../x', 'a/../b', 'a//b', 'private', 'private/x', 'a b', 'a:b'],
  ],
  [
    'a number',
    (text: string) => String(parseCount('--fd-store', text, 0, 99)),
    ['0', '99'],
    ['', '-1', '100', '1.5', '0x1', ' 1', '99999999999'],
  ],
])('%s', (_, parse, good, bad) => {
  test.each(good)('%j', (text) => {
    expect(parse(text)).toBe(text);
  });

  test.each(bad)('%j is refused', (text) => {
    expect(() => parse(text)).toThrow(UsageError);
  });
});

test('the suffix of a service is no part of its name', () => {
  expect(checkName('--name', 'shop.service')).toBe('shop');
});

test.each([
  ['token', { name: 'token', path: undefined }],
  ['token:/etc/a:c', { name: 'token', path: '/etc/a:c' }],
])('a credential: %j', (text, expected) => {
  expect(parseCredential(text)).toEqual(expected);
});

test.each(['', ':/x', 'a:', 'a:x', 'a b:/x', '../a:/x', 'a:/x y', 'a:/x\\y', 'a:/x"'])(
  'a credential: %j is refused',
  (text) => {
    expect(() => parseCredential(text)).toThrow(UsageError);
  },
);

test.each([
  ['A=', ['A', '']],
  ['_a1=b=c d', ['_a1', 'b=c d']],
])('a variable: %j', (text, expected) => {
  expect(parseVariable(text)).toEqual(expected);
});

test.each(['', 'A', '=x', '1A=x', 'A-B=x', 'A=b\nUser=root', 'A=\0'])('a variable: %j is refused', (text) => {
  expect(() => parseVariable(text)).toThrow(UsageError);
});

test('yes and no', () => {
  expect(['', 'y', 'YES', 'n', 'No'].map((text) => parseYes(text, true))).toEqual([true, true, true, false, false]);
  expect(() => parseYes('perhaps', true)).toThrow(UsageError);
});
