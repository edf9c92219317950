import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastWords } from '../../../src/cli/doctor/last-words.ts';

test.each<[string, string[], { error: string; place?: string | undefined } | undefined]>([
  ['nothing', [], undefined],
  ['no error', ['listening', 'bye'], { error: 'bye' }],
  [
    'an error',
    [
      'file:///srv/app.mjs:2',
      "throw new Error('no');",
      '      ^',
      '',
      'Error: no',
      '    at file:///srv/app.mjs:2:7',
      'Node.js v20.1.0',
    ],
    { error: 'Error: no', place: '/srv/app.mjs:2' },
  ],
  [
    'an error below packages',
    [
      'TypeError: x',
      '    at f (/srv/node_modules/x/i.js:1:1)',
      '    at g (node:internal/x:1:1)',
      '    at h (/srv/app.js:9:1)',
    ],
    { error: 'TypeError: x', place: '/srv/app.js:9' },
  ],
  [
    'a syntax error',
    ['/srv/app.cjs:3', 'const = 1', '', 'SyntaxError: no'],
    { error: 'SyntaxError: no', place: '/srv/app.cjs:3' },
  ],
  [
    'a rejection',
    ['UnhandledPromiseRejection: This error … The promise rejected with the reason "only text".'],
    { error: 'unhandled rejection: only text' },
  ],
  [
    'an entry with a stack',
    ['start failed: no\nError: no\n    at start (/srv/app.js:4:2)'],
    { error: 'Error: no', place: '/srv/app.js:4' },
  ],
  [
    'a line of JSON',
    ['{"level":60,"msg":"no start","err":{"message":"no database"}}'],
    { error: 'no start: no database' },
  ],
  ['JSON without a message', ['{"level":60}'], { error: '{"level":60}' }],
  [
    'a value that is no error',
    ['null', '(Use `node --trace-uncaught ...` to show where the exception was thrown)', '', 'Node.js v20.1.0'],
    { error: 'uncaught value: null' },
  ],
  [
    'the cause of an error',
    ['TypeError: fetch failed', '    at f (node:internal/x:1:1) {', '  [cause]: Error: connect ECONNREFUSED', '}'],
    { error: 'TypeError: fetch failed (Error: connect ECONNREFUSED)' },
  ],
  [
    'an error of npm',
    ['npm error code ENOENT', 'npm error enoent no package.json', 'npm error', 'npm error A complete log of this run'],
    { error: 'npm error enoent no package.json' },
  ],
  ['a limit', ['FATAL ERROR: Reached heap limit', ' 1: 0xb78'], { error: 'FATAL ERROR: Reached heap limit' }],
])('%s', (_, words, expected) => {
  const found = lastWords(words);
  expect(found && { error: found.error, place: found.place }).toEqual(expected && { place: undefined, ...expected });
});

test('the worst case of a million characters is no work', () => {
  for (const part of ['Error: ', ' at (', '[A', ': bad option: ', 'x'.repeat(10), '\n', ' '])
    lastWords([part.repeat(1e6 / part.length)]);
});

test('any text', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
      lastWords(words);
    }),
  );
});
