import { describe, expect, it } from 'vitest';
import { CheckSchedule, timerMs } from '../../src/watchdog/check-schedule.ts';

describe('CheckSchedule', () => {
  it.each([
    // timeout, checkTimeout, left before the deadline, how long a check may take
    [8000, undefined, 8000, 4000],
    [8000, undefined, 3000, 1500],
    // The deadline is over, or nearly: the manager does not count yet.
    [8000, undefined, -5, 2000],
    [8000, undefined, 1000, 2000],
    [8000, 500, 8000, 500],
    // At most what is left without the time to report.
    [8000, 60_000, 8000, 7000],
    [400, 60_000, 400, 350],
    [2, undefined, 2, 1],
  ])('timeout %d, limit %s, %d ms left: a check has %d ms', (timeout, limit, left, expected) => {
    expect(new CheckSchedule(timeout, limit).checkTimeout(left)).toBe(expected);
  });

  it.each([
    // timeout, checkTimeout, due, deadline, start of the round
    [8000, undefined, 4000, 8000, 4000],
    [8000, 500, 4000, 8000, 4000],
    [8000, 5000, 4000, 8000, 2000],
    [8000, undefined, 9000, 8000, 7000],
    [400, undefined, 390, 400, 350],
  ])('timeout %d, limit %s, due at %d, deadline %d: the round starts at %d', (timeout, limit, due, deadline, start) => {
    expect(new CheckSchedule(timeout, limit).nextRound(due, deadline)).toBe(start);
  });

  it('pings after half of the timeout, and tries unhealthy checks again after an eighth', () => {
    const { interval, retry } = new CheckSchedule(8000, undefined);
    expect([interval, retry]).toEqual([4000, 1000]);
  });
});

it.each([
  [-1, 1],
  [0, 1],
  [0.5, 1],
  [1.9, 1],
  [5000.7, 5000],
  [Number.MAX_SAFE_INTEGER, 2_147_483_647],
  [Number.POSITIVE_INFINITY, 2_147_483_647],
])('a timer of %d ms is set to %d', (ms, expected) => {
  expect(timerMs(ms)).toBe(expected);
});
