import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { describe, expect, it } from 'vitest';
import { parseJournalStream } from '../../src/environment/journal-stream.ts';

describe('$JOURNAL_STREAM', () => {
  it.each([
    ['8:12345', 8n, 12345n],
    ['0:0', 0n, 0n],
    ['18446744073709551615:18446744073709551615', 2n ** 64n - 1n, 2n ** 64n - 1n],
  ])('%s names a socket', (text, device, inode) => expect(parseJournalStream(text)).toEqual({ device, inode }));

  it.each([undefined, '', '8', ':', '8:', ':5', '8:5:6', '8:5 ', '8:-5', 'a:b', '8:18446744073709551616', '8:5\n'])(
    '%j names nothing',
    (text) => expect(parseJournalStream(text)).toBeUndefined(),
  );
});

const PROGRAM = `
import { journalConnected } from '${new URL('../../dist/index.js', import.meta.url).href}';
process.exitCode = { stdout: 1, stderr: 2 }[journalConnected()] ?? 0;
`;

/** The answer of a program with these descriptors as stdout and stderr. */
function connected(
  stdout: number,
  stderr: number,
  variable: string | undefined,
  name = 'JOURNAL_STREAM',
): number | null {
  const env = variable === undefined ? {} : { [name]: variable };
  const stdio = ['ignore', stdout, stderr] as const;
  return spawnSync(process.execPath, ['--input-type=module', '-e', PROGRAM], { stdio: [...stdio], env }).status;
}

describe('journalConnected()', () => {
  it('believes the variable only for the streams it is about', () => {
    const journal = openSync('/proc/self/exe', 'r');
    const other = openSync(devNull, 'w');
    const { dev, ino } = fstatSync(journal, { bigint: true });
    const variable = `${dev}:${ino}`;
    expect(connected(journal, journal, variable)).toBe(2);
    expect(connected(other, journal, variable)).toBe(2);
    expect(connected(journal, other, variable)).toBe(1);
    expect(connected(other, other, variable)).toBe(0);
    expect(connected(journal, journal, `${dev}:${ino + 1n}`)).toBe(0);
    expect(connected(journal, journal, `${dev + 1n}:${ino}`)).toBe(0);
    expect(connected(journal, journal, 'nonsense')).toBe(0);
    expect(connected(journal, journal, undefined)).toBe(0);
    // Only the variable of the stand-in has two streams.
    expect(connected(journal, other, `1:1 ${variable}`, 'READYD_JOURNAL_STREAM')).toBe(1);
    expect(connected(other, journal, `${variable} 1:1`, 'READYD_JOURNAL_STREAM')).toBe(2);
    expect(connected(journal, other, `1:1 ${variable}`)).toBe(0);
    closeSync(journal);
    closeSync(other);
  });
});
