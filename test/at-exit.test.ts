// The exit of the process: all parts together get one second. No test measures a time: each step records the time that it
// may use, and uses all of it.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import type * as AtExit from '../src/at-exit.ts';

/** A fresh module, with its own budget. */
async function freshModule(): Promise<typeof AtExit> {
  vi.resetModules();
  const slots = Reflect.get(globalThis, Symbol.for('readyd.process')) as Map<string, object> | undefined;
  slots?.delete('exit-budget@1');
  return import('../src/at-exit.ts');
}

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** A receiver that does not read: the step takes all the time that it is granted. */
function stuck(granted: number[]): AtExit.ExitStep {
  const take = (ms: number): false => {
    granted.push(ms);
    block(ms);
    return false;
  };
  return { flushSync: take, waitUntilRead: take };
}

it('grants all parts together no more than a second, however many wait', async () => {
  const { atExit, runExitSteps, spendExitTime } = await freshModule();
  const granted: number[] = [];
  const cancels = [1, 2, 3].map(() => atExit(stuck(granted)));
  runExitSteps();
  for (const cancel of cancels) cancel();
  expect(granted).toHaveLength(9);
  expect(granted.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(1000);
  // Later listeners of 'exit' may still log, and those entries do not wait.
  expect(spendExitTime((ms) => ms)).toBe(0);
});

it('grants a part that is stuck only what the others leave', async () => {
  const { atExit, runExitSteps } = await freshModule();
  const order: string[] = [];
  const cancelReads = atExit({ flushSync: (ms) => order.push(`reads ${ms}`) > 0 });
  const cancelStuck = atExit({ flushSync: (ms) => order.push(ms === 0 ? 'stuck 0' : 'stuck') === 0 });
  runExitSteps();
  cancelReads();
  cancelStuck();
  expect(order).toEqual(['stuck 0', 'reads 0', 'stuck']);
});

it('listens to exit once, while a part has work', async () => {
  const { atExit } = await freshModule();
  const before = process.listenerCount('exit');
  const cancels = Array.from({ length: 20 }, () => atExit({ flushSync: () => true }));
  expect(process.listenerCount('exit')).toBe(before + 1);
  for (const cancel of cancels) cancel();
  expect(process.listenerCount('exit')).toBe(before);
});

it('is the only file that waits at exit', () => {
  // Prepended listeners do not wait: they pass captured text to the logger.
  const names = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const listeners = names.filter((name) => {
    const code = readFileSync(`src/${name}`, 'utf8').replaceAll(/^\s*(\/\/|\*).*$/gm, '');
    return /process\.(on|once)\('exit'/.test(code);
  });
  expect(listeners).toEqual(['at-exit.ts']);
});
