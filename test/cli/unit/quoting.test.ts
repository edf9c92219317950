import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bindPath, plainValue, quoteArgument, quoteProgram, quoteWord } from '../../../src/cli/unit/quoting.ts';
import { UsageError } from '../../../src/cli/unit/usage.ts';
import { some } from '../../left-out.ts';
import { splitWords, withoutSpecifiers, withoutVariables } from './read-unit.ts';

// Characters that mean something to systemd come up as often as all others.
const unit = fc.oneof(
  fc.constantFrom(...` \t%$"'\\;#=:{}@-+!|*?~[]()<>&,nxus0`.split('')),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);
const anything = fc.array(unit, { maxLength: 30 }).map((units) => units.join(''));
const writable = anything.filter((text) => !/[\0-\x08\x0a-\x1f\x7f-\x9f]/.test(text) && text.isWellFormed());

describe('a word', () => {
  test.each([
    ['/srv/app.js', '/srv/app.js'],
    ['', '""'],
    ['a b', '"a b"'],
    ['100%', '100%%'],
    ['%n is this', '"%%n is this"'],
    ['say "hi"', String.raw`"say \"hi\""`],
    ["it's", `"it's"`],
    ['back\\slash', String.raw`"back\\slash"`],
    ['tab\there', String.raw`"tab\there"`],
    [';', '";"'],
    ['#x', '"#x"'],
    ['ä', '"ä"'],
  ])('%j', (value, expected) => {
    expect(quoteWord('it', value)).toBe(expected);
  });

  test('systemd reads back what was meant, whatever it is', () => {
    fc.assert(
      fc.property(fc.array(writable, { maxLength: 4 }), (values) => {
        const line = values.map((value) => quoteWord('it', value)).join(' ');
        expect(splitWords(line).map(withoutSpecifiers)).toEqual(values);
      }),
      { numRuns: some(2000) },
    );
  });
});

describe('an argument', () => {
  test.each([
    ['$HOME', '"$$HOME"'],
    ['costs 5$', '"costs 5$$"'],
    ['--port=1', '--port=1'],
  ])('%j', (value, expected) => {
    expect(quoteArgument('it', value)).toBe(expected);
  });

  test('no variable is put into it', () => {
    fc.assert(
      fc.property(writable, (value) => {
        const words = splitWords(quoteArgument('it', value));
        expect(words.map(withoutSpecifiers).map(withoutVariables)).toEqual([value]);
      }),
      { numRuns: some(2000) },
    );
  });
});

describe('a program', () => {
  test.each([
    ['/usr/bin/node', '/usr/bin/node'],
    ['/opt/my node/bin/node', '"/opt/my node/bin/node"'],
    ['/opt/$x%/node', '"/opt/$x%%/node"'],
  ])('%j', (value, expected) => {
    expect(quoteProgram('it', value)).toBe(expected);
  });

  test.each(['/a"b', "/a'b", '/a\\b', '/a\tb'])('%j is none that systemd would run', (value) => {
    expect(() => quoteProgram('it', value)).toThrow(UsageError);
  });
});

describe('a value', () => {
  test.each([
    ['A "shop", 100% $open', 'A "shop", 100%% $open'],
    ['/srv/my app', '/srv/my app'],
    ['C:\\x', 'C:\\x'],
  ])('%j', (value, expected) => {
    expect(plainValue('it', value)).toBe(expected);
  });

  test.each(['', ' x', 'x ', 'x\t', 'x\\'])('%j would not be read as it is', (value) => {
    expect(() => plainValue('it', value)).toThrow(UsageError);
  });

  test('what is not refused is read back', () => {
    fc.assert(
      fc.property(writable, (value) => {
        if (value === '' || value.trim() !== value || value.endsWith('\\')) return;
        expect(withoutSpecifiers(plainValue('it', value))).toBe(value);
      }),
    );
  });
});

test.each(['/a:b', '/a"b', '/a\\b'])('%j cannot be bound', (path) => {
  expect(() => bindPath('it', path)).toThrow(UsageError);
});

describe.each([quoteWord, quoteArgument, quoteProgram, plainValue, bindPath])('$name', (quote) => {
  test.each(['a\nUser=root', 'a\rb', 'a\0b', 'a\x1bb', 'a\x7fb', 'a\x85b', 'a\ud800b'])('refuses %j', (value) => {
    expect(() => quote('--env', value)).toThrow(/^--env "a/);
  });

  test('whatever it writes is one line of text', () => {
    fc.assert(
      fc.property(anything, (value) => {
        let line: string;
        try {
          line = quote('it', value);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          return;
        }
        expect(line).toMatch(/^[^\0-\x08\x0a-\x1f\x7f]*$/);
        expect(line.isWellFormed()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
