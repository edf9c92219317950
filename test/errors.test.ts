import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { ERROR_CODES, invalidEnvironment, invalidRange, invalidType, quote, SyscallError } from '../src/errors.ts';
import * as readyd from '../src/index.ts';

const root = new URL('..', import.meta.url);
const table = Object.keys(ERROR_CODES);

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

/** The error codes that the source uses, without those in comments and in the table of codes. */
function used(): Set<string> {
  const paths = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' });
  const sources = paths.filter((path) => path.endsWith('.ts')).map((path) => read(`src/${path}`));
  const codes = sources.flatMap((text) => {
    const code = text.replace(/ERROR_CODES = \{.*?\n\}/s, '').replaceAll(/\/\*.*?\*\/|\/\/ .*?$/gms, '');
    return code.match(/\bSD_ERR_\w+/g) ?? [];
  });
  return new Set(codes);
}

/** The headings of docs/errors.md with what is under them. */
function documented(): Map<string, string> {
  const sections = read('docs/errors.md').split(/^## /m).slice(1);
  return new Map(sections.map((section) => [section.slice(0, section.indexOf('\n')), section]));
}

describe('the table of codes', () => {
  it('has every code that is used, and no other', () => {
    expect([...used()].toSorted()).toEqual(table.toSorted());
  });

  it('has at most a dozen', () => {
    expect(table.length).toBeLessThanOrEqual(12);
  });

  it('is what docs/errors.md documents, in the same order', () => {
    expect([...documented().keys()]).toEqual(['SyscallError', ...table]);
  });

  test.each(Object.entries(ERROR_CODES))('%s is explained in the same words, with what to do', (code, meaning) => {
    const section = documented().get(code)?.replaceAll('\n', ' ') ?? '';
    expect(section.toLowerCase()).toContain(`*${meaning.toLowerCase()}.*`);
    expect(section).toMatch(/What to do[:,]/);
  });
});

describe('an error', () => {
  it('of a system call has the shape of Node’s own', () => {
    const failure = { code: 'ECONNREFUSED', errno: -111, syscall: 'sendmsg', path: '/run/x' };
    const error = new SyscallError('cannot reach the service manager', failure);
    expect(error).toBeInstanceOf(readyd.SystemdError);
    expect(error).toMatchObject({ ...failure, name: 'SyscallError' });
    expect(error.message).toBe('cannot reach the service manager: ECONNREFUSED (sendmsg)');
    expect(new SyscallError('x', { code: 'EIO', errno: -5, syscall: 'read' })).not.toHaveProperty('path');
  });

  it('of a caller is a real TypeError or RangeError', () => {
    expect(invalidType('x')).toBeInstanceOf(TypeError);
    expect(invalidRange('x')).toBeInstanceOf(RangeError);
    expect(invalidType('x').code).toBe('SD_ERR_INVALID_ARG');
    expect(invalidRange('x').code).toBe('SD_ERR_INVALID_ARG');
  });

  it('of the environment names the variable and quotes its value', () => {
    const error = invalidEnvironment('LISTEN_FDS', '1\nREADY=1', 'it is no number');
    expect(error.code).toBe('SD_ERR_INVALID_ENV');
    expect(error.message).toBe('$LISTEN_FDS is "1\\nREADY=1": it is no number');
  });

  test.each([
    ['text', '"text"'],
    ['a\u0000b\u001b[1m', '"a\\u0000b\\u001b[1m"'],
    ['x'.repeat(100), `"${'x'.repeat(80)}…"`],
    [undefined, 'undefined'],
    [null, 'null'],
    [[1], 'an array'],
    [{ toString: () => 'forged' }, 'an object'],
    [() => 1, 'a function'],
    [5n, '5n'],
    [Symbol('s'), 'a symbol'],
    [Number.NaN, 'NaN'],
  ])('quotes %o so that it stays on its line', (value, quoted) => {
    expect(quote(value)).toBe(quoted);
  });
});
