// The heartbeat with checks: the messages to the manager and to the log, and their times.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Watchdog, type WatchdogOptions, watchdog } from '../../src/watchdog/watchdog.ts';
import { createStalledReceiver, type StalledReceiver } from '../helpers/receiver.ts';

let receiver: StalledReceiver;
let running: Watchdog | undefined;
let said: string[];
const read = () => receiver.read().map(({ text }) => text);
const never = () => new Promise(() => undefined);

beforeEach(() => {
  receiver = createStalledReceiver();
  said = [];
  const toFake = ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'] as const;
  vi.useFakeTimers({ toFake: [...toFake] });
});

afterEach(() => {
  running?.stop();
  vi.useRealTimers();
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC']) delete process.env[name];
  receiver[Symbol.dispose]();
});

/** A watchdog of eight seconds. */
function start(options: WatchdogOptions): Watchdog {
  const say =
    (level: string) =>
    (message: string | Error, fields: object = {}) =>
      void said.push(`${level} ${String(message)} ${JSON.stringify(Object.keys(fields))}`);
  const log = { error: say('error'), notice: say('notice'), critical: say('critical'), warning: say('warning') };
  process.env.NOTIFY_SOCKET = receiver.path;
  process.env.WATCHDOG_USEC = '8000000';
  running = watchdog({ log: log as never, ...options }); // the methods that are called
  return running;
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('healthy checks', () => {
  it('the first ping is sent at once, and then every half of the timeout', async () => {
    const check = vi.fn(() => true);
    start({ checks: { check } });
    await pass(0);
    expect(read()).toEqual(['WATCHDOG=1']);
    await pass(3999);
    expect(read()).toEqual([]);
    await pass(1);
    expect(read()).toEqual(['WATCHDOG=1']);
    expect(check).toHaveBeenCalledTimes(2);
    expect(said).toEqual([]);
  });

  it('no ping before they have answered, and its pace is kept', async () => {
    const slow = () => new Promise((resolve) => setTimeout(resolve, 1000));
    start({ checks: { slow } });
    await pass(999);
    expect(read()).toEqual([]);
    await pass(1);
    expect(read()).toEqual(['WATCHDOG=1']);
    await pass(3999);
    expect(read()).toEqual([]);
    await pass(1);
    expect(read()).toEqual(['WATCHDOG=1']);
  });

  it('no checks are no reason to wait', () => {
    start({ checks: {} });
    expect(read()).toEqual(['WATCHDOG=1']);
  });
});

describe('an unhealthy check', () => {
  it('withholds pings, is reported once, runs again soon, and recovers', async () => {
    let down = false;
    const database = vi.fn(async () => {
      if (down) throw new Error('connection refused');
    });
    start({ checks: { database, cache: () => true } });
    await pass(0);
    read();
    down = true;
    await pass(4000);
    expect(read()).toEqual(['STATUS=unhealthy: database: connection refused']);
    await pass(2000);
    expect(database).toHaveBeenCalledTimes(4);
    expect(read()).toEqual([]);
    expect(said).toEqual(['error the check \'database\' is unhealthy: connection refused ["check","error"]']);
    down = false;
    await pass(1000);
    expect(read()).toEqual(['STATUS=healthy again: database', 'WATCHDOG=1']);
    expect(said[1]).toBe('notice the check \'database\' is healthy again ["check"]');
    await pass(4000);
    expect(read()).toEqual(['WATCHDOG=1']);
    expect(said).toHaveLength(2);
  });

  it('another reason, or another check, is another STATUS', async () => {
    let reason = 'refused';
    const one = () => Promise.reject(new Error(reason));
    let two = true;
    start({ checks: { one, two: () => two } });
    await pass(0);
    reason = 'timed out';
    await pass(1000);
    two = false;
    await pass(1000);
    expect(read()).toEqual([
      'STATUS=unhealthy: one: refused',
      'STATUS=unhealthy: one: timed out',
      'STATUS=unhealthy: one: timed out; two: answered false',
    ]);
    expect(said).toHaveLength(2);
  });

  it('may not start a second line', async () => {
    start({ checks: { 'a\nREADY=1': () => Promise.reject(new Error('b\nWATCHDOG=1')) } });
    await pass(0);
    expect(read()).toEqual(['STATUS=unhealthy: a READY=1: b WATCHDOG=1']);
  });

  it('triggers once, with the reason', async () => {
    start({ checks: { database: () => false }, onUnhealthy: 'trigger' });
    await pass(3000);
    expect(read()).toEqual([
      'STATUS=unhealthy: database: answered false',
      'WATCHDOG=trigger\nSTATUS=unhealthy: database: answered false',
    ]);
    expect(said).toHaveLength(1);
  });
});

describe('checkTimeout', () => {
  it('is half of the time to the deadline', async () => {
    let hang = false;
    start({ checks: { check: () => (hang ? never() : true) } });
    await pass(0);
    read();
    hang = true;
    await pass(4000 + 1999);
    expect(read()).toEqual([]);
    await pass(1);
    expect(read()).toEqual(['STATUS=unhealthy: check: no answer within 2.0 s']);
  });

  it('leaves room for the first deadline', async () => {
    start({ checks: { check: never } });
    await pass(4000);
    expect(read()).toEqual(['STATUS=unhealthy: check: no answer within 4.0 s']);
  });

  it('is what the caller says, of what the timeout has room for', async () => {
    start({ checks: { check: never }, checkTimeout: 100 });
    await pass(100);
    expect(read()).toEqual(['STATUS=unhealthy: check: no answer within 100 ms']);
    running?.stop();
    start({ checks: { check: never }, checkTimeout: 6900 });
    await pass(6900);
    expect(read()).toEqual(['STATUS=unhealthy: check: no answer within 6.9 s']);
    running?.stop();
    start({ checks: { check: never }, checkTimeout: 60_000 });
    await pass(7000);
    expect(read()).toEqual(['STATUS=unhealthy: check: no answer within 7.0 s']);
  });

  it('of a short timeout leaves an eighth', async () => {
    const dog = start({ checks: { check: never }, checkTimeout: 60_000 });
    await dog.setTimeout(800);
    await pass(700);
    expect(read()).toEqual(['WATCHDOG_USEC=800000', 'STATUS=unhealthy: check: no answer within 700 ms']);
  });

  it.each([3800, 6900])('holds for a check that takes %s ms, whatever it took before', async (slow) => {
    let takes = 0;
    const check = vi.fn(() => new Promise((resolve) => setTimeout(resolve, takes)));
    start({ checks: { check }, checkTimeout: slow + 50 });
    await pass(0);
    read();
    takes = slow;
    // A second before the end at the latest, again and again.
    for (let n = 0; n < 3; n += 1) {
      await pass(7000);
      expect(read()).toContain('WATCHDOG=1');
    }
    expect(said).toEqual([]);
    takes = slow + 51;
    await pass(15_000);
    expect(read().at(-1)).toMatch(/^STATUS=unhealthy: check: no answer within /);
  });

  it('lets checks begin before their ping is due, and that keeps its pace', async () => {
    const check = vi.fn(() => true);
    start({ checks: { check }, checkTimeout: 6500 });
    await pass(0);
    expect(read()).toEqual(['WATCHDOG=1']);
    for (let n = 0; n < 5; n += 1) {
      check.mockClear();
      await pass(499);
      expect(check).not.toHaveBeenCalled();
      await pass(3500);
      expect(read()).toEqual([]);
      await pass(1);
      expect(read()).toEqual(['WATCHDOG=1']);
      expect(check).toHaveBeenCalledTimes(1);
    }
  });

  it('does not shrink while another check is unhealthy', async () => {
    let down = true;
    const database = () => !down;
    const slow = () => new Promise((resolve) => setTimeout(resolve, 2500));
    start({ checks: { database, slow }, checkTimeout: 3000 });
    await pass(3000);
    down = false;
    await pass(3000);
    expect(read()).toEqual([
      'STATUS=unhealthy: database: answered false',
      'STATUS=healthy again: database',
      'WATCHDOG=1',
    ]);
    expect(said.join()).not.toContain('slow');
  });

  it('stop() while a ping waits for its time: it is not sent', async () => {
    const dog = start({ checks: { check: () => true }, checkTimeout: 6500 });
    await pass(1000);
    read();
    dog.stop();
    await pass(8000);
    expect(read()).toEqual([]);
  });
});

describe('setTimeout() while a check runs', () => {
  it('does not start it again: its answer is worth a ping', async () => {
    const slow = vi.fn(() => new Promise((resolve) => setTimeout(resolve, 1000)));
    const dog = start({ checks: { slow } });
    await pass(500);
    await dog.setTimeout(4000);
    expect(slow).toHaveBeenCalledTimes(1);
    await pass(499);
    expect(read()).toEqual(['WATCHDOG_USEC=4000000']);
    await pass(1);
    expect(read()).toEqual(['WATCHDOG=1']);
    // Half of the new timeout after that was set.
    await pass(1499);
    expect(slow).toHaveBeenCalledTimes(1);
    await pass(1);
    expect(slow).toHaveBeenCalledTimes(2);
  });

  it('a check that hangs is reported within the new timeout', async () => {
    const dog = start({ checks: { check: never } });
    await pass(500);
    await dog.setTimeout(2000);
    await pass(499);
    expect(read()).toEqual(['WATCHDOG_USEC=2000000']);
    await pass(1);
    expect(read()).toEqual(['STATUS=unhealthy: check: no answer within 1.0 s']);
  });
});

describe('stop()', () => {
  it('in the middle of the checks: nothing is sent any more, and they are aborted', async () => {
    let given: AbortSignal | undefined;
    const check = (signal: AbortSignal) => {
      given = signal;
      return new Promise((resolve) => setTimeout(resolve, 100));
    };
    start({ checks: { check } }).stop();
    expect(given?.aborted).toBe(true);
    await pass(20_000);
    expect(read()).toEqual([]);
  });

  it('a new timeout starts the round again, once', async () => {
    const dog = start({ checks: { check: () => true } });
    await pass(0);
    read();
    await dog.setTimeout(800);
    await pass(400);
    expect(read()).toEqual(['WATCHDOG_USEC=800000', 'WATCHDOG=1', 'WATCHDOG=1']);
  });
});

it('nothing is checked without a watchdog', async () => {
  const check = vi.fn();
  running = watchdog({ checks: { check }, diagnose: true });
  await pass(60_000);
  expect(check).not.toHaveBeenCalled();
});

it('wrong options are named', () => {
  const wrong: [unknown, string][] = [
    [{ checks: { database: true } }, 'checks["database"] must be a function, not true'],
    [{ checks: [] }, 'checks must be an object'],
    [{ checks: null }, 'checks must be an object'],
    [{ checkTimeout: 0 }, 'checkTimeout must be in 1…'],
    [{ checkTimeout: Number.POSITIVE_INFINITY }, 'checkTimeout must be in 1…'],
    [{ checkTimeout: '1s' }, 'checkTimeout must be a number'],
    [{ onUnhealthy: 'restart' }, 'onUnhealthy must be one of withhold, trigger'],
    [{ diagnose: 1 }, 'diagnose must be true or false'],
    [{ log: console.log }, 'log must be an object'],
  ];
  for (const [options, message] of wrong) {
    expect(() => watchdog(options as WatchdogOptions)).toThrow(
      expect.objectContaining({ code: 'SD_ERR_INVALID_ARG', message: expect.stringContaining(message) }),
    );
  }
});
