import { describe, expect, it } from 'vitest';
import { readWatchdog, watchdogWrapper } from '../../src/environment/watchdog.ts';

const PID = 4711;

describe('the watchdog in the environment', () => {
  it.each([
    [{ WATCHDOG_USEC: '30000000' }, 30_000_000n],
    [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '4711' }, 30_000_000n],
    [{ WATCHDOG_USEC: ' +0x10', WATCHDOG_PID: '+4711' }, 16n],
    [{ WATCHDOG_USEC: '18446744073709551614' }, 18446744073709551614n],
  ])('%j is for us', (env, usec) => expect(readWatchdog(env, PID)).toBe(usec));

  it.each([
    {},
    { WATCHDOG_PID: '4711' },
    { WATCHDOG_PID: 'nonsense' },
    { WATCHDOG_USEC: '1', WATCHDOG_PID: '4712' },
    // WatchdogSec=infinity of systemd 252
    { WATCHDOG_USEC: '18446744073709551615' },
    { WATCHDOG_USEC: '18446744073709551615', WATCHDOG_PID: '4711' },
  ])('%j is none for us', (env) => expect(readWatchdog(env, PID)).toBeUndefined());

  it.each([
    [{ WATCHDOG_USEC: '' }, 'WATCHDOG_USEC', '""'],
    [{ WATCHDOG_USEC: '0' }, 'WATCHDOG_USEC', '"0"'],
    [{ WATCHDOG_USEC: '18446744073709551616' }, 'WATCHDOG_USEC', '"18446744073709551616"'],
    [{ WATCHDOG_USEC: '-1' }, 'WATCHDOG_USEC', '"-1"'],
    [{ WATCHDOG_USEC: '30s' }, 'WATCHDOG_USEC', '"30s"'],
    [{ WATCHDOG_USEC: '3\n' }, 'WATCHDOG_USEC', '"3\\n"'],
    // An invalid time is reported also if WATCHDOG_PID is another process.
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

describe('the wrapper that the watchdog waits for', () => {
  const self = { pid: PID, parent: 1, isForked: false, exists: (pid: number) => [1, 4700, PID].includes(pid) };
  const env = { NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '30000000' };

  it.each([
    ['the init of a container', { ...env, WATCHDOG_PID: '1' }, 1],
    ['a process outside the container', { ...env, WATCHDOG_PID: '812' }, 812],
  ])('%s', (_, variables, pid) => expect(watchdogWrapper(variables, self)).toBe(pid));

  it.each([
    ['none where it waits for this process', { ...env, WATCHDOG_PID: '4711' }, self],
    ['none where it waits for any', env, self],
    ['none for a relative that is not the parent', { ...env, WATCHDOG_PID: '4700' }, self],
    ['none without a manager', { ...env, NOTIFY_SOCKET: undefined, WATCHDOG_PID: '1' }, self],
    ['none without a watchdog', { NOTIFY_SOCKET: '/run/notify', WATCHDOG_PID: '1' }, self],
    ['none with an infinite one', { ...env, WATCHDOG_USEC: '18446744073709551615', WATCHDOG_PID: '1' }, self],
    ['none where Node has forked this process', { ...env, WATCHDOG_PID: '1' }, { ...self, isForked: true }],
    ['none where the number is malformed', { ...env, WATCHDOG_PID: 'one' }, self],
  ])('%s', (_, variables, who) => expect(watchdogWrapper(variables, who)).toBeUndefined());
});
