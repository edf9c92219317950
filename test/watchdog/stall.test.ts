import { describe, expect, it } from 'vitest';
import { beatInterval, Stall, sampleInterval } from '../../src/watchdog/stall.ts';
import { duration, stackReport, turningReport, unreadReport } from '../../src/watchdog/stall-report.ts';

/** A main thread as the worker sees it, sample by sample. */
function watch(timeout: number) {
  const state = { now: 0, beats: 0, pings: 0, timeout };
  const step = sampleInterval(timeout);
  const stall = new Stall({ ...state });
  return {
    stall,
    /** What happened before the next sample. */
    sample(what: { beat?: boolean; ping?: boolean; later?: number } = {}) {
      state.now += step + (what.later ?? 0);
      if (what.beat) state.beats += 1;
      if (what.ping) state.pings += 1;
      stall.sample({ ...state });
      return stall;
    },
    step,
  };
}

describe('Stall', () => {
  it('a loop that turns is not blocked, with pings or without', () => {
    const { sample } = watch(2000);
    for (let n = 0; n < 200; n += 1) expect(sample({ beat: true }).blocked).toBe(false);
  });

  it('is blocked after half of the timeout', () => {
    const { sample, stall, step } = watch(2000);
    sample({ beat: true, ping: true });
    while (stall.blockedFor + step < 1000) expect(sample().blocked).toBe(false);
    expect(sample().blocked).toBe(true);
    expect(sample({ beat: true }).blocked).toBe(false);
  });

  it('is blocked after a quarter where the manager’s deadline is near', () => {
    const { sample, stall } = watch(2000);
    sample({ beat: true, ping: true });
    while (stall.sincePing < 990) sample({ beat: true });
    // The next ping would have been due now.
    while (!sample().blocked);
    expect(stall.blockedFor).toBeGreaterThanOrEqual(500);
    expect(stall.blockedFor).toBeLessThan(700);
    expect(stall.left).toBeGreaterThan(300);
  });

  it('does not count time in which the worker did not run either', () => {
    const { sample } = watch(2000);
    expect(sample({ later: 60_000 }).blocked).toBe(false);
    expect(sample().blocked).toBe(false);
  });

  it('counts from the start of the thread on, which takes time, too', () => {
    const start = { now: 1000, beats: 1, pings: 2, timeout: 3000 };
    const stall = new Stall(start);
    stall.sample({ ...start, now: 1110 });
    expect([stall.blockedFor, stall.sincePing, stall.left]).toEqual([110, 110, 2890]);
    const turned = new Stall(start);
    turned.sample({ ...start, now: 1110, beats: 2 });
    expect([turned.blockedFor, turned.sincePing]).toEqual([0, 110]);
  });

  it('starts over with another timeout, and knows none without one', () => {
    const stall = new Stall({ now: 0, beats: 0, pings: 0, timeout: 100 });
    for (let now = 5; now < 80; now += 5) stall.sample({ now, beats: 0, pings: 0, timeout: 100 });
    expect(stall.blocked).toBe(true);
    stall.sample({ now: 90, beats: 0, pings: 0, timeout: 0 });
    expect([stall.blocked, stall.suspicious, stall.blockedFor]).toEqual([false, false, 0]);
  });

  it('beats ten times within the timeout, and never faster than a hundred times a second', () => {
    expect([20, 3000, 30_000].map(beatInterval)).toEqual([10, 300, 1000]);
  });
});

describe('the report', () => {
  const block = { blockedFor: 1503.4, left: 1200 };
  const node = { func: 'readSync', file: 'node:fs', line: 7, column: 3 };
  const own = { func: 'load', file: '/srv/app.js', line: 12, column: 5 };
  const nameless = { func: '', file: '/srv/app.js', line: 30, column: 1 };

  it('names who called Node, and has the whole stack', () => {
    const stack = '    at readSync (node:fs:7:3)\n    at load (/srv/app.js:12:5)\n    at /srv/app.js:30:1';
    expect(stackReport(block, [node, own, nameless])).toEqual({
      priority: 3,
      message: `the event loop has been blocked for 1.5 s in load (/srv/app.js:12); the watchdog ends the service in 1.2 s\n${stack}`,
      status: 'event loop blocked for 1.5 s in load (/srv/app.js:12)',
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      fields: {
        BLOCKED_USEC: '1503400',
        WATCHDOG_LEFT_USEC: '1200000',
        CODE_FILE: '/srv/app.js',
        CODE_LINE: '12',
        CODE_FUNC: 'load',
        STACK: stack,
      },
    });
  });

  it('does without a name, a file, or a frame', () => {
    expect(stackReport(block, [nameless]).fields).toMatchObject({ CODE_FUNC: '<anonymous>', CODE_LINE: '30' });
    expect(stackReport(block, [nameless]).status).toContain('in <anonymous> (/srv/app.js:30)');
    expect(stackReport(block, [{ ...own, file: '' }]).status).toContain('in load (eval:12)');
    expect(stackReport(block, [node]).fields).toMatchObject({ CODE_FILE: 'node:fs' });
    expect(stackReport(block, []).message).toContain('the stack cannot be read');
  });

  it('says what it knows instead of a stack, and when it is over', () => {
    expect(unreadReport({ ...block, left: 0 }, 'it is in native code').message).toBe(
      'the event loop has been blocked for 1.5 s, and the stack cannot be read: it is in native code; the watchdog’s time is over',
    );
    expect(turningReport(12_400)).toMatchObject({ priority: 5, status: 'the event loop turns again, after 12 s' });
  });

  it('durations are short', () => {
    expect([3.4, 999, 1000, 9949, 9951, 61_000].map(duration)).toEqual([
      '3 ms',
      '999 ms',
      '1.0 s',
      '9.9 s',
      '10 s',
      '61 s',
    ]);
  });
});
