import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { levelOfText, readPrefix, withoutEscapes } from '../../src/console/text-level.ts';

describe('the level that a text tells itself', () => {
  test.each([
    ['[warn] disk is full', 'warning'],
    ['[WARN ] disk is full', 'warning'],
    ['(error) x', 'error'],
    ['28 Nov 16:00:00 - [info] Started flows', 'info'],
    ['28 Nov 16:00:00 - [warn] Encrypted', 'warning'],
    ['[2026-11-28T16:00:00.123] [ERROR] default - broken', 'error'],
    ['2026-11-28T16:00:00.123Z ERROR broken', 'error'],
    ['2026-11-28 16:00:00,123 | WARN | x', 'warning'],
    ['[Nest] 4242  - 11/28/2026, 4:00:00 PM     LOG [NestFactory] Starting', 'info'],
    ['[Nest] 4242  - 11/28/2026, 4:00:00 PM   ERROR [Exceptions] broken', 'error'],
    ['[Nest] 4242  - 11/28/2026, 4:00:00 PM VERBOSE [X] y', 'debug'],
    ['ERROR: no such file', 'error'],
    ['FATAL broken', 'critical'],
    ['NOTICE x', 'notice'],
    ['DEBUG x', 'debug'],
    ['warn: low on memory', 'warning'],
    ['error: no such table', 'error'],
    [' warn --- config', 'warning'],
    [' info --- http address - http://localhost:4873/', 'info'],
  ])('%s', (text, level) => expect(levelOfText(text)).toBe(level));

  test.each([
    'listening on 3000',
    'Error handling is on',
    'error handling is on',
    'Errors: 0',
    'ERRORS 0',
    'no [error] here',
    'the WARN level is on',
    'warning signs ahead',
    'Warning: 3 of 10',
    'info about it',
    'alert the user',
    '[errors] 0',
    '[info](https://example.org)',
    '[warning-signs] x',
    'WARNINGS',
    'ERROR_CODE=1',
    'INFORMATION',
    '',
    ' ',
    '[',
    '{"level":"error"}',
    `${'x'.repeat(200)} [error] y`,
  ])('none in: %s', (text) => expect(levelOfText(text)).toBeUndefined());

  test('no text takes longer than its front', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('[', ']', '(', ')', ' ', '-', '|', '1', 'a', 'A', ':', 'Jan'),
          maxLength: 200,
        }),
        (text) => {
          levelOfText(text);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

test('a prefix of sd-daemon(3)', () => {
  expect(readPrefix('<3>broken')).toEqual({ level: 'error', text: 'broken' });
  expect(readPrefix('<7>')).toEqual({ level: 'debug', text: '' });
  for (const text of ['<8>x', '<a>x', '<3x', '3>x', '', '<', '<33>x']) expect(readPrefix(text)).toBeUndefined();
});

test('escape sequences go, and nothing else', () => {
  expect(withoutEscapes('\u001b[31m\u001b[1mred\u001b[0m\u001b[38;5;12m!\u001b[K')).toBe('red!');
  expect(withoutEscapes('\u001b]8;;https://example.org\u0007link\u001b]8;;\u001b\\')).toBe('link');
  expect(withoutEscapes('\u001bM\u001b[?25lx')).toBe('x');
  expect(withoutEscapes('a [31m b')).toBe('a [31m b');
  fc.assert(
    fc.property(fc.string(), (text) => withoutEscapes(text.replaceAll('\u001b', '')) === text.replaceAll('\u001b', '')),
  );
});
