import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAssignments } from '../../src/unit-file/assignments.ts';
import { parseCommandLines } from '../../src/unit-file/command-line.ts';
import { parseEnvironmentFile } from '../../src/unit-file/environment-file.ts';
import { expandSpecifiers, nameSpecifiers, parseUnitName } from '../../src/unit-file/specifiers.ts';
import {
  parseBoolean,
  parseExitStatus,
  parseSignal,
  parseTimeSpan,
  parseUnsigned,
} from '../../src/unit-file/values.ts';
import { expandVariables } from '../../src/unit-file/variables.ts';
import { readWords } from '../../src/unit-file/words.ts';

describe('the lines of a unit file', () => {
  test.each([
    ['[A]\nb=c', ['A b=c']],
    ['[A]\r\nb=c\r\n', ['A b=c']],
    ['\u{feff}[A]\n b = c d \n', ['A b=c d']],
    ['[A]\nb=c\\\nd', ['A b=c d']],
    ['[A]\nb=c\\\n# comment\n  ; another\nd\\\n', ['A b=c d']],
    ['[A]\nb=c\\\\\nd=e', ['A b=c\\\\', 'A d=e']],
    ['[A]\nb=c\\ \nd=e', ['A b=c\\', 'A d=e']],
    ['[A]\n#b=c\\\nd=e', ['A d=e']],
    ['[A]\nb=\nb==', ['A b=', 'A b==']],
    ['[A]\nb\n=c\nd=e', ['A d=e']],
    ['a=b\n[A]\nc=d', ['A c=d']],
    ['', []],
  ])('%j', (text, expected) => {
    const { assignments } = parseAssignments(text, 'f');
    expect(assignments.map(({ section, key, value }) => `${section} ${key}=${value}`)).toEqual(expected);
  });

  test('each line that is left out is reported with its number', () => {
    const { leftOut } = parseAssignments('a=b\n[A]\n\nb\n=c\n', 'f');
    expect(leftOut.map(({ line }) => line)).toEqual([1, 4, 5]);
  });

  test('a section header without its end, and an endless line', () => {
    expect(() => parseAssignments('[A', 'f')).toThrow("f:1: the section header has no ']'");
    expect(() => parseAssignments(`[A]\nb=${'c\\\n'.repeat(600_000)}`, 'f')).toThrow('the line is too long');
  });

  test('any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('[A]\n', '\n', '\\', '=', 'a', '#', ' ', '\0') }), (text) => {
        for (const { key, value } of parseAssignments(text, 'f').assignments) expect(key + value).not.toMatch(/[\n\0]/);
      }),
    );
  });
});

describe('words', () => {
  test.each([
    ['a  b\tc', ['a', 'b', 'c']],
    [`"a b" 'c d' e"f g"h`, ['a b', 'c d', 'ef gh']],
    [`a'"'b "'"`, [`a"b`, `'`]],
    ['\\x20\\x41\\102\\u00e9\\U0001F600 \\s\\t', [' AB\u00e9\u{1f600}', ' \t']],
    ['\\xc3\\xa9', ['\u00e9']],
    [`"" ''`, ['', '']],
    ['', []],
    ['"a', undefined],
    ['a\\', undefined],
    ['\\q', undefined],
    ['\\x00', undefined],
    ['\\400', undefined],
    ['\\ud800', undefined],
  ])('%j', (text, words) => expect(readWords(text, 'refuse')).toEqual(words));

  test('an unknown escape that is kept', () => expect(readWords('\\q\\', 'keep')).toEqual(['\\q\\']));
});

const SPECIFIERS = nameSpecifiers(parseUnitName('my-app@a-b\\x2dc.service'));

test.each([
  ['%n', 'my-app@a-b\\x2dc.service'],
  ['%N', 'my-app@a-b\\x2dc'],
  ['%p|%P|%j|%J', 'my-app|my/app|app|app'],
  ['%i|%I|%f', 'a-b\\x2dc|a/b-c|/a/b-c'],
  ['100%% %- %', '100% %- %'],
])('specifiers in %j', (text, expected) => expect(expandSpecifiers(text, SPECIFIERS)).toBe(expected));

describe('commands', () => {
  const read = (value: string) => parseCommandLines(value, SPECIFIERS);
  test.each([
    ['/bin/a b', [['/bin/a', 'b']]],
    [
      '/bin/a b ; /bin/c d',
      [
        ['/bin/a', 'b'],
        ['/bin/c', 'd'],
      ],
    ],
    ['/bin/a \\; "\\;" b;c', [['/bin/a', ';', '\\;', 'b;c']]],
    ['/bin/a %% %p \\x20', [['/bin/a', '%', 'my-app', ' ']]],
    ['/bin/a \\d+', [['/bin/a', '\\d+']]],
    ['/bin//./a', [['/bin/a']]],
    ['', []],
  ])('%j', (value, argv) => expect(read(value).map((command) => command.argv)).toEqual(argv));

  test('prefixes', () => {
    expect(read('-:/bin/a $B')).toMatchObject([{ mayFail: true, variables: false, argv: ['/bin/a', '$B'] }]);
    expect(read('@/bin/a name b')).toMatchObject([{ argv0: 'name', argv: ['/bin/a', 'b'] }]);
    expect(read('+/bin/a')).toMatchObject([{ prefixes: '+' }]);
    expect(read('!!/bin/a')).toMatchObject([{ prefixes: '!!' }]);
    expect(read('-relative/a')).toEqual([]);
  });

  test.each([
    ['relative/a', 'neither a plain name'],
    ['/bin/a %z', 'there is no specifier %z'],
    ['/bin/', 'is a folder'],
    ['/bin/a "b', 'a quote is not closed'],
    ['"/bin/a\\n"', 'special characters'],
    ['@/bin/a', "no argv[0] behind '@'"],
  ])('%j is refused', (value, message) => expect(() => read(value)).toThrow(message));
});

test.each([
  [['$ONE'], ['a', 'b c']],
  [
    ['x$ONE', '${ONE}'],
    ['x$ONE', `a "b c"`],
  ],
  [
    ['$NONE', '${NONE}', '$$ONE', '$'],
    ['', '$ONE'],
  ],
  [
    ['${ONE', '${}', '${1}', '${toString}'],
    ['${ONE', '', '', ''],
  ],
])('variables in %j', (argv, expected) => expect(expandVariables(argv, { ONE: `a "b c"` })).toEqual(expected));

test.each([
  ['A=b\nC = d \n', { A: 'b', C: 'd' }],
  [`A="b c" 'd' e\n`, { A: 'b cde' }],
  ['A=b\\\nc\n', { A: 'bc' }],
  ['A="b\nc"\nD=\'e\nf\'', { A: 'b\nc', D: 'e\nf' }],
  ['A="\\$b \\q \\" \\`"\n', { A: '$b \\q " `' }],
  ['# A=b\n;C=d\n E=f', { E: 'f' }],
  ['# A=b \\\nC=d', { C: 'd' }],
  ['A=b # c', { A: 'b # c' }],
  ['A\nB=', { B: '' }],
  ['1A=b\nexport C=d\nE=f', { E: 'f' }],
  ['A=\\ b\\ \n', { A: ' b ' }],
])('an environment file: %j', (text, expected) =>
  expect(Object.fromEntries(parseEnvironmentFile(text))).toEqual(expected),
);

test.each([
  ['5', 5000],
  ['500ms', 500],
  ['1min 30s', 90_000],
  ['1min30s', 90_000],
  ['1.5h', 5_400_000],
  ['.5s', 500],
  ['2 days', 172_800_000],
  ['1M', 2_629_800_000],
  ['250us', 0.25],
  ['250\u00b5s', 0.25],
  ['5 5', 10_000],
  ['infinity', Number.POSITIVE_INFINITY],
  ['', undefined],
  ['-1', undefined],
  ['5parsecs', undefined],
  ['5constructor', undefined],
  ['s', undefined],
  ['1.s', undefined],
  ['1e3', undefined],
])('the time %j', (text, milliseconds) => expect(parseTimeSpan(text)).toBe(milliseconds));

test('booleans, numbers, signals and exit statuses', () => {
  expect(['YES', 'off', 'maybe', ''].map(parseBoolean)).toEqual([true, false, undefined, undefined]);
  expect(['12', '0x10', '010', '-1', '4294967296', ''].map(parseUnsigned)).toEqual([
    12,
    16,
    8,
    undefined,
    undefined,
    undefined,
  ]);
  expect(['TERM', 'SIGTERM', '15', 'toString', 'RTMIN+1'].map(parseSignal)).toEqual([
    'SIGTERM',
    'SIGTERM',
    'SIGTERM',
    undefined,
    undefined,
  ]);
  expect(['75', 'TEMPFAIL', 'KILL', '256', 'constructor'].map(parseExitStatus)).toEqual([
    75,
    75,
    'SIGKILL',
    undefined,
    undefined,
  ]);
});

test.each([
  ['spaces', ' '.repeat(1e5)],
  ['backslashes', '\\'.repeat(1e5)],
  ['quotes', `"'`.repeat(5e4)],
  ['digits', '1'.repeat(1e5)],
  ['percent signs', '%'.repeat(1e5)],
  ['variables', '${'.repeat(5e4)],
  ['dashes', '-'.repeat(1e5)],
  ['slashes', '/'.repeat(1e5)],
])('a hundred thousand %s end', (_, text) => {
  const commands = (): unknown => parseCommandLines(`/bin/a ${text}`, SPECIFIERS);
  for (const read of [commands, () => parseTimeSpan(text), () => parseEnvironmentFile(`A=${text}`)]) {
    try {
      read();
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
    }
  }
  readWords(text, 'keep');
  expandVariables([text], { A: text });
  expandVariables(['$A'], { A: text });
  parseUnitName(text);
});
