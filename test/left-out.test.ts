import { expect, it, vi } from 'vitest';
import type { TestModule } from 'vitest/node';
import { lackOf, leftOut } from './left-out.ts';
import LeftOutReporter from './left-out-reporter.ts';

it.each([
  { reason: 'needs root', command: 'sudo npm test' },
  { reason: 'the kernel has no /proc/pressure' },
  { reason: "needs a: b, and 'c'", command: 'apt-get install x && test/runtimes.sh y' },
])('%j is read back from a title', (lack) => {
  expect(lackOf(`a group > ${leftOut('a test', lack)} > inside of it`)).toEqual(lack);
});

it('a title without a reason has none', () => expect(lackOf('a test [of arrays] → something')).toBeUndefined());

it('the last lines of a run name the second tries, and count what was left out by its reason', () => {
  const titles = [
    leftOut('one', { reason: 'no Node 24', command: 'install it' }),
    leftOut('two', { reason: 'needs root', command: 'sudo npm test' }),
    leftOut('three', { reason: 'needs root', command: 'sudo npm test' }),
    'skipped by -t',
  ];
  const skipped = titles.map((fullName) => ({ fullName }));
  const passed = [
    { fullName: 'four', result: () => ({ errors: [{ message: 'too late\nat line 1' }] }) },
    { fullName: 'five', result: () => ({ errors: [] }) },
  ];
  const allTests = (state: 'passed' | 'skipped') => ({ passed, skipped })[state];
  const module = { relativeModuleId: 'a.test.ts', children: { allTests } };
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    // The reporter asks for these members and no others.
    new LeftOutReporter().onTestRunEnd([module as unknown as TestModule]);
    expect(write.mock.calls.flat().join('').split('\n').slice(0, 4)).toEqual([
      ' Passed at the second try only: a.test.ts > four: too late',
      ' Left out: 3 tests, and what would bring them:',
      '      2  needs root: sudo npm test',
      '      1  no Node 24: install it',
    ]);
  } finally {
    write.mockRestore();
  }
});
