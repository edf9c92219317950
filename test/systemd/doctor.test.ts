// The findings of readyd doctor, word for word, on set-ups with a fault and without one, on real systemds. All of them run
// side by side in one machine.
import { beforeAll, expect, test } from 'vitest';
import { Batch } from './batch.ts';
import { BROKEN, LAST_WORDS } from './doctor/broken.ts';
import { expectedOf, expectFindings } from './doctor/expected.ts';
import { bundle, doctor, installAll, lookAt, type SetUp, unitOf } from './doctor/set-up.ts';
import { SOUND } from './doctor/sound.ts';
import { describeOnSystemd } from './on-systemd.ts';

beforeAll(bundle);

test('the tables are as long as they are meant to be', () => {
  expect(Object.keys(BROKEN).length).toBeGreaterThanOrEqual(50);
  expect(Object.keys(SOUND).length).toBeGreaterThanOrEqual(20);
});

/** Only limits a run that hangs. */
const HOOK_TIMEOUT = 600_000;

const all: Readonly<Record<string, SetUp>> = { ...BROKEN, ...SOUND };

/**
 * The ways in which a service ends, by its Result=: systemctl(1). `start-limit-hit` and `exec-condition` are among the set-ups,
 * under these names, but systemd 252 does not keep the first as Result=, and no systemd the second. A machine cannot make a core
 * dump, and has no memory controller for a kill by the kernel: test/cli/doctor/diagnose.test.ts has these two.
 */
const WAYS = {
  'exit-code': ['exits', 'throws', 'throws-later'],
  'oom-kill': ['killed-by-oomd'],
  signal: ['killed-by-hand', 'crashes', 'aborts', 'system-call'],
  protocol: ['ends-early', 'killed-early'],
  timeout: ['late', 'start-pre-slow', 'start-post-slow', 'ignores-sigterm', 'runs-too-long'],
  watchdog: ['no-ping', 'blocked'],
  resources: ['environment-file'],
} as const;

/** The ways in which a program ends, the set-up that ends in it, and how the doctor names the way and the phase. */
const ENDINGS: [way: string, name: string, words: RegExp, lastWords?: string][] = [
  ['an exit code', 'exits-later', /ended with exit code 4 while it ran/],
  ['an error', 'throws-later', /ended with exit code 1 while it ran/, 'RangeError: out of it'],
  ['exit code 0 too early', 'ends-early', /ended without having sent READY/],
  ['SIGKILL', 'killed-by-hand', /killed by SIGKILL while it ran/],
  ['systemd-oomd', 'killed-by-oomd', /systemd-oomd killed the program while it ran/],
  ['SIGTERM from elsewhere', 'killed-early', /killed by SIGTERM before READY=1/],
  ['a crash', 'crashes', /killed by SIGSEGV before READY=1/],
  ['an abort', 'aborts', /killed by SIGABRT while it ran/],
  [
    'the heap limit',
    'heap-limit',
    /heap limit of V8, and Node aborted it before READY=1/,
    'FATAL ERROR: Reached heap limit',
  ],
  ['the time limit of the start', 'late', /systemd ended the program, because READY did not come/],
  ['the time limit of the stop', 'ignores-sigterm', /did not end in time after SIGTERM, and systemd killed it/],
  ['the time limit of the run', 'runs-too-long', /systemd stopped the service, because it ran as long as it may/],
  ['the watchdog', 'blocked', /systemd killed the service while it ran, because no watchdog ping came in time/],
];

test.each(ENDINGS)('of a program that ends by %s, the finding says how, when, and after which words', (_, ...rest) => {
  const [name, words, lastWords = LAST_WORDS] = rest;
  const texts = expectedOf(name);
  expect(texts.length).toBeGreaterThan(0);
  for (const text of texts) {
    expect(text).toMatch(words);
    expect(text).toContain(lastWords);
  }
});

describeOnSystemd(['host', 'sid'], 'readyd doctor', (machine, target) => {
  const looks = new Batch<string>(
    async (names) => await lookAt(machine(), Object.fromEntries(names.map((name) => [name, all[name]]))),
    async (name) => {
      await machine().exec('sh', ['-c', 'systemctl stop "$1"; systemctl reset-failed "$1"', 'again', unitOf(name)]);
    },
  );

  beforeAll(async () => {
    await installAll(machine(), all);
    await looks.run(Object.keys(all).filter((name) => all[name]?.alone !== true));
    for (const name of Object.keys(all).filter((name) => all[name]?.alone === true)) await looks.run([name]);
  }, HOOK_TIMEOUT);

  test.each(Object.keys(BROKEN))('finds %s', async (name) => {
    const text = await looks.get(name);
    expectFindings(name, target, text ?? '');
    expect(text).toMatch(/^\S+: \d findings?\n/);
  });

  test.each(Object.entries(WAYS))('the set-ups that end with Result=%s do', async (result, names) => {
    for (const name of names) {
      const shown = await machine().show(unitOf(name), 'Result');
      // Killed by SIGSEGV or SIGABRT, it may also leave a dump behind.
      expect([name, shown.replace('core-dump', 'signal')]).toEqual([name, result]);
    }
  });

  test.each(Object.keys(SOUND))('finds nothing: %s', async (name) => {
    expect(await looks.get(name)).toBe(`${unitOf(name)}: nothing found`);
  });

  test('a start, step by step', async () => {
    const watched = doctor(machine(), '--watch', unitOf('restarts'));
    await machine().waitFor(async () => {
      await machine().systemctl('restart', '--no-block', unitOf('restarts'));
      return await Promise.race([watched.then(() => true), new Promise((resolve) => setTimeout(resolve, 1000, false))]);
    });
    const text = await watched;
    expect(text).toMatch(/^ +\+\d+\.\d{3} s {2}activating \(/m);
    expect(text).toMatch(/^restarts\.service: 1 finding$/m);
  });
});
