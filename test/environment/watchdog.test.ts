import { describe, expect, it } from 'vitest';
import { readWatchdog } from '../../src/environment/watchdog.ts';

const PID = 4711;

describe('the watchdog in the environment', () => {
  it.each([
    [{ WATCHDOG_USEC: '30000000' }, 30_000_000n],
    [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '4711' }, 30_000_000n],
    [{ WATCHDOG_USEC: ' +0x10', WATCHDOG_PID: '+4711' }, 16n],
    [{ WATCHDOG_USEC: '18446744073709551614' }, 18446744073709551614n],
  ])('%j is for us', (env, usec) => expect(readWatchdog(env, PID)).toBe(usec));

  it.each([{}, { WATCHDOG_PID: '4711' }, { WATCHDOG_PID: 'nonsense' }, { WATCHDOG_USEC: '1', WATCHDOG_PID: '4712' }])(
    '%j is none for us',
    (env) => expect(readWatchdog(env, PID)).toBeUndefined(),
  );

  it.each([
    [{ WATCHDOG_USEC: '' }, 'WATCHDOG_USEC', '""'],
    [{ WATCHDOG_USEC: '0' }, 'WATCHDOG_USEC', '"0"'],
    [{ WATCHDOG_USEC: '18446744073709551615' }, 'WATCHDOG_USEC', '"18446744073709551615"'],
    [{ WATCHDOG_USEC: '18446744073709551616' }, 'WATCHDOG_USEC', '"18446744073709551616"'],
    [{ WATCHDOG_USEC: '-1' }, 'WATCHDOG_USEC', '"-1"'],
    [{ WATCHDOG_USEC: '30s' }, 'WATCHDOG_USEC', '"30s"'],
    [{ WATCHDOG_USEC: '3\n' }, 'WATCHDOG_USEC', '"3\\n"'],
    // A bad time is told also where it is meant for another process.
    [{ WATCHDOG_USEC: '0', WATCHDOG_PID: '4712' }, 'WATCHDOG_USEC', '"0"'],
    [{ WATCHDOG_USEC: '1', WATCHDOG_PID: '0' }, 'WATCHDOG_PID', '"0"'],
    [{ WATCHDOG_USEC: '1', WATCHDOG_PID: '4711 ' }, 'WATCHDOG_PID', '"4711 "'],
  ])('%j is malformed', (env, variable, value) => {
    expect(() => readWatchdog(env, PID)).toThrow(
      expect.objectContaining({
        code: 'SD_ERR_INVALID_ENV',
        message: expect.stringContaining(`$${variable} is ${value}`),
      }),
    );
  });
});
