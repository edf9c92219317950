import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Checks } from '../../src/watchdog/checks.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const never = () => new Promise(() => undefined);
const thrown = (value: unknown) => () => {
  throw value;
};

describe('a check is healthy', () => {
  it.each([
    ['returns nothing', () => undefined],
    ['returns true', () => true],
    ['returns 0, which is an answer', () => 0],
    ['resolves', async () => 'rows'],
    ['resolves null', () => Promise.resolve(null)],
  ])('that %s', async (_, check) => {
    expect(await new Checks({ check }).run(100)).toEqual([]);
  });
});

describe('a check is unhealthy', () => {
  const error = new Error('connection refused');
  const coded = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  it.each([
    ['returns false', () => false, { reason: 'answered false' }],
    ['resolves false', async () => false, { reason: 'answered false' }],
    ['throws', thrown(error), { reason: 'connection refused', error }],
    ['rejects', () => Promise.reject(error), { reason: 'connection refused', error }],
    ['rejects with an error that has a code only', () => Promise.reject(coded), { reason: 'ECONNREFUSED' }],
    ['throws text', thrown('no\nway'), { reason: 'threw "no\\nway"' }],
    ['throws nothing', thrown(undefined), { reason: 'threw undefined' }],
  ])('that %s', async (_, check, finding) => {
    expect(await new Checks({ check }).run(100)).toEqual([expect.objectContaining({ name: 'check', ...finding })]);
  });

  it.each([7, 281, 399.5])('that outlasts its %s ms, and not before', async (ms) => {
    const run = vi.fn();
    void new Checks({ check: never }).run(ms).then(run);
    await vi.advanceTimersByTimeAsync(Math.floor(ms));
    expect(run).toHaveBeenCalledTimes(Number.isInteger(ms) ? 1 : 0);
    await vi.advanceTimersByTimeAsync(1);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('that outlasts its time, when its signal is aborted', async () => {
    const signals: AbortSignal[] = [];
    const check = (signal: AbortSignal) => {
      signals.push(signal);
      return never();
    };
    const run = new Checks({ check, other: () => true }).run(400);
    await vi.advanceTimersByTimeAsync(399);
    expect(signals[0]?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await run).toEqual([{ name: 'check', reason: 'no answer within 400 ms' }]);
    expect(signals[0]?.reason).toMatchObject({ name: 'TimeoutError' });
  });
});

it('all run side by side, each with its own signal', async () => {
  const signals: AbortSignal[] = [];
  const check = (signal: AbortSignal) => {
    signals.push(signal);
    return never();
  };
  const run = new Checks({ one: check, two: check }).run(100);
  await vi.advanceTimersByTimeAsync(100);
  expect((await run).map(({ name }) => name)).toEqual(['one', 'two']);
  expect(new Set(signals).size).toBe(2);
});

it('one that has not settled is not started again, and what it settles with late is ignored', async () => {
  const settle: ((value: unknown) => void)[] = [];
  const check = vi.fn(() => new Promise((resolve) => settle.push(resolve)));
  const checks = new Checks({ check });
  const first = checks.run(100);
  await vi.advanceTimersByTimeAsync(100);
  await first;
  // At once, and with the same reason.
  expect(await checks.run(50)).toEqual([{ name: 'check', reason: 'no answer within 100 ms' }]);
  expect(check).toHaveBeenCalledTimes(1);
  settle[0]?.(false);
  await vi.advanceTimersByTimeAsync(0);
  const second = checks.run(50);
  expect(check).toHaveBeenCalledTimes(2);
  settle[1]?.(true);
  expect(await second).toEqual([]);
});

describe('asked again while it runs', () => {
  it('a check is not started again, and its one answer is for both', async () => {
    const settle: ((value: unknown) => void)[] = [];
    const check = vi.fn(() => new Promise((resolve) => settle.push(resolve)));
    const checks = new Checks({ check });
    const both = Promise.all([checks.run(100), checks.run(200)]);
    expect(check).toHaveBeenCalledTimes(1);
    settle[0]?.(false);
    const finding = { name: 'check', reason: 'answered false' };
    expect(await both).toEqual([[finding], [finding]]);
    void checks.run(100);
    expect(check).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['longer', 100, 400],
    ['shorter', 4000, 400],
  ])('it may take the new time, which is %s, from its start on', async (_, first, second) => {
    const signals: AbortSignal[] = [];
    const check = (signal: AbortSignal) => {
      signals.push(signal);
      return never();
    };
    const checks = new Checks({ check });
    const one = checks.run(first);
    await vi.advanceTimersByTimeAsync(80);
    const two = checks.run(second);
    await vi.advanceTimersByTimeAsync(319);
    expect(signals[0]?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(signals[0]?.reason).toMatchObject({ name: 'TimeoutError' });
    const finding = { name: 'check', reason: 'no answer within 400 ms' };
    expect(await Promise.all([one, two])).toEqual([[finding], [finding]]);
    expect(signals).toHaveLength(1);
  });

  it('again and again, it does not get more time', async () => {
    const checks = new Checks({ check: never });
    let found: unknown;
    for (let n = 0; n < 20; n += 1) {
      void checks.run(400).then((findings) => (found = findings));
      await vi.advanceTimersByTimeAsync(19);
    }
    expect(found).toBeUndefined();
    await vi.advanceTimersByTimeAsync(20);
    expect(found).toHaveLength(1);
  });
});

it('a late rejection is not an unhandled one', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  let reject: (error: Error) => void = () => undefined;
  const run = new Checks({ check: () => new Promise((_, no) => (reject = no)) }).run(100);
  await vi.advanceTimersByTimeAsync(100);
  await run;
  reject(new Error('late'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).not.toHaveBeenCalled();
  process.off('unhandledRejection', unhandled);
});

it('stop() aborts what runs', () => {
  let given: AbortSignal | undefined;
  const checks = new Checks({
    check: (signal) => {
      given = signal;
      return never();
    },
  });
  void checks.run(100);
  checks.stop();
  expect(given?.reason).toMatchObject({ name: 'AbortError' });
});

describe('time that a check could not use', () => {
  it('does not count: the process was stopped, and goes on with overdue timers', async () => {
    let settled = false;
    const run = new Checks({ check: never }).run(400).then((found) => {
      settled = true;
      return found;
    });
    await vi.advanceTimersByTimeAsync(100);
    // A monotonic clock that ran on for a minute, while no timer could fire.
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 60_000);
    vi.advanceTimersToNextTimer();
    clock.mockImplementation(() => now + 60_000 + (Date.now() - jumped));
    const jumped = Date.now();
    await vi.advanceTimersByTimeAsync(299);
    expect(settled).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await run).toHaveLength(1);
    clock.mockRestore();
  });

  it('the time of day, which jumps after a suspend, is not looked at', async () => {
    let settled = false;
    void new Checks({ check: never }).run(400).then(() => (settled = true));
    vi.setSystemTime(Date.now() + 86_400_000);
    await vi.advanceTimersByTimeAsync(399);
    expect(settled).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(settled).toBe(true);
  });
});
