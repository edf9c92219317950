import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Reader, readListenFds } from '../../src/environment/listen-fds.ts';
import { SystemdError } from '../../src/errors.ts';

const reader: Reader = { pid: 42, pidfdId: () => 9_007_199_254_740_993n };
const read = (env: Record<string, string>, by = reader) => {
  const { count, names } = readListenFds(env, by);
  return { count, names: names() };
};
const ours = { LISTEN_PID: '42' };

describe('descriptors that were passed', () => {
  it.each<[string, Record<string, string>, string[]]>([
    ['one without names', { LISTEN_FDS: '1' }, ['unknown']],
    ['three without names', { LISTEN_FDS: '3' }, ['unknown', 'unknown', 'unknown']],
    ['hexadecimal', { LISTEN_FDS: '0x2' }, ['unknown', 'unknown']],
    ['octal', { LISTEN_FDS: ' +02' }, ['unknown', 'unknown']],
    ['one name', { LISTEN_FDS: '1', LISTEN_FDNAMES: 'web.socket' }, ['web.socket']],
    ['an empty name in the middle', { LISTEN_FDS: '3', LISTEN_FDNAMES: 'a::b' }, ['a', '', 'b']],
    ['an empty name at the end', { LISTEN_FDS: '2', LISTEN_FDNAMES: 'a:' }, ['a', '']],
    ['two empty names', { LISTEN_FDS: '2', LISTEN_FDNAMES: ':' }, ['', '']],
    ['an empty list, which is one empty name', { LISTEN_FDS: '1', LISTEN_FDNAMES: '' }, ['']],
    ['the same name twice', { LISTEN_FDS: '2', LISTEN_FDNAMES: 'a:a' }, ['a', 'a']],
    ['an escaped colon', { LISTEN_FDS: '1', LISTEN_FDNAMES: 'a\\:b' }, ['a:b']],
    ['an escaped letter', { LISTEN_FDS: '1', LISTEN_FDNAMES: 'a\\b' }, ['ab']],
    ['an escaped backslash', { LISTEN_FDS: '1', LISTEN_FDNAMES: 'a\\\\' }, ['a\\']],
    ['a name that is not checked', { LISTEN_FDS: '1', LISTEN_FDNAMES: 'ä\t' }, ['ä\t']],
    ['the right pidfd', { LISTEN_FDS: '1', LISTEN_PIDFDID: '9007199254740993' }, ['unknown']],
  ])('%s', (_, env, names) => expect(read({ ...ours, ...env })).toEqual({ count: names.length, names }));

  it('a pidfd number is not checked where the kernel has none', () => {
    const by = { pid: 42, pidfdId: () => undefined };
    expect(read({ ...ours, LISTEN_PIDFDID: '7', LISTEN_FDS: '1' }, by).count).toBe(1);
  });
});

describe('nothing for this process', () => {
  it.each<[string, Record<string, string>]>([
    ['nothing set', {}],
    ['no pid', { LISTEN_FDS: '1', LISTEN_FDNAMES: 'a' }],
    ['no pid, and a wrong number', { LISTEN_FDS: 'x' }],
    ['the pid of another', { LISTEN_PID: '43', LISTEN_FDS: '1' }],
    ['the pid of another, and nothing else is right', { LISTEN_PID: '43', LISTEN_PIDFDID: 'x', LISTEN_FDS: 'x' }],
    ['the pidfd of another with the same pid', { ...ours, LISTEN_PIDFDID: '9007199254740992', LISTEN_FDS: 'x' }],
    ['no number', { ...ours, LISTEN_FDNAMES: 'a:b' }],
  ])('%s', (_, env) => expect(read(env)).toEqual({ count: 0, names: [] }));

  it('the own pidfd is not looked for unless it matters', () => {
    const by: Reader = {
      pid: 42,
      pidfdId: () => {
        throw new Error('was looked for');
      },
    };
    expect(read({ LISTEN_PID: '43', LISTEN_PIDFDID: '7', LISTEN_FDS: '1' }, by).count).toBe(0);
    expect(read({ ...ours, LISTEN_FDS: '1' }, by).count).toBe(1);
  });
});

describe('a malformed variable', () => {
  it.each<[variable: string, value: string, env?: Record<string, string>]>([
    ['LISTEN_PID', ''],
    ['LISTEN_PID', '0'],
    ['LISTEN_PID', '-1'],
    ['LISTEN_PID', '42 '],
    ['LISTEN_PID', '42\n'],
    ['LISTEN_PID', '2147483648'],
    ['LISTEN_PID', 'self'],
    ['LISTEN_PIDFDID', '', ours],
    ['LISTEN_PIDFDID', '-1', ours],
    ['LISTEN_PIDFDID', '18446744073709551616', ours],
    ['LISTEN_PIDFDID', '7x', ours],
    ['LISTEN_FDS', '', ours],
    ['LISTEN_FDS', '0', ours],
    ['LISTEN_FDS', '-1', ours],
    ['LISTEN_FDS', '2147483645', ours],
    ['LISTEN_FDS', '99999999999999999999', ours],
    ['LISTEN_FDS', '1.0', ours],
    ['LISTEN_FDS', '1,2', ours],
    ['LISTEN_FDNAMES', 'a:b', { ...ours, LISTEN_FDS: '1' }],
    ['LISTEN_FDNAMES', '', { ...ours, LISTEN_FDS: '2' }],
    ['LISTEN_FDNAMES', 'a\\', { ...ours, LISTEN_FDS: '1' }],
    // Before anything else, as libsystemd does.
    ['LISTEN_FDNAMES', 'a\\', { LISTEN_PID: '43' }],
    ['LISTEN_FDNAMES', 'a\\', { LISTEN_PID: 'x' }],
    ['LISTEN_FDNAMES', 'a\\'],
  ])('$%s=%j', (variable, value, env = {}) => {
    const failing = () => read({ ...env, [variable]: value });
    expect(failing).toThrow(SystemdError);
    expect(failing).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ENV' }));
    expect(failing).toThrow(`$${variable} is ${JSON.stringify(value)}`);
  });

  it('a wrong number of names is reported after the count, which comes first', () => {
    expect(readListenFds({ ...ours, LISTEN_FDS: '2', LISTEN_FDNAMES: 'a' }, reader).count).toBe(2);
  });
});

// Replaces the escaped characters, splits, and puts them back; the package has a loop instead.
const split = (list: string) =>
  list
    .replace(/\\([\s\S])/g, (_, escaped: string) => String.fromCharCode(0xe000 + escaped.charCodeAt(0)))
    .split(':')
    .map((name) => name.replace(/[\ue000-\uf8ff]/g, (moved) => String.fromCharCode(moved.charCodeAt(0) - 0xe000)));

describe('for every list of names', () => {
  const name = fc.string({ unit: fc.constantFrom('a', ':', '\\', 'ä', ' ', '=', '\n') });

  it('what was escaped comes back', () =>
    fc.assert(
      fc.property(fc.array(name, { minLength: 1 }), (names) => {
        const list = names.map((text) => text.replaceAll('\\', '\\\\').replaceAll(':', '\\:')).join(':');
        expect(read({ ...ours, LISTEN_FDS: String(names.length), LISTEN_FDNAMES: list }).names).toEqual(names);
      }),
    ));

  it('it is split as another splitter does', () =>
    fc.assert(
      fc.property(name, (list) => {
        const dangling = /(?<!\\)(?:\\\\)*\\$/.test(list);
        const names = split(list);
        const reading = () => read({ ...ours, LISTEN_FDS: String(names.length), LISTEN_FDNAMES: list }).names;
        if (dangling) expect(reading).toThrow('backslash');
        else expect(reading()).toEqual(names);
      }),
    ));
});
