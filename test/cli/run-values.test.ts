import { expect, test } from 'vitest';
import { parseArguments } from '../../src/cli/run/arguments.ts';
import { time } from '../../src/cli/run/values.ts';

test.each([
  ['5', 5000],
  ['5s', 5000],
  ['500ms', 500],
  ['1min 30s', 90_000],
  ['1min30s', 90_000],
  ['0.5s', 500],
  ['250us', 0.25],
  ['0', 0],
  ['infinity', 7],
])('%s is %d ms', (text, milliseconds) => expect(time('--watchdog', text, 7)).toBe(milliseconds));

test.each(['', 's', '5 parsecs', '-1', '5s!', 'soon', '1e3', '5constructor'])('%j is no time', (text) => {
  expect(() => time('--watchdog', text, 0)).toThrow(`--watchdog: expected a time such as 5s or 500ms, not '${text}'`);
});

test.each(['__proto__', 'constructor', 'toString'])('a socket may have the name %s', (name) => {
  const plan = parseArguments(['--listen', `${name}=8099`, '--listen', `${name}=8098`, '--', 'true']);
  if (typeof plan === 'string') throw new Error(plan);
  expect(Object.entries(plan.manager.listen ?? {})).toEqual([[name, ['8099', '8098']]]);
});
