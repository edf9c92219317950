// What the doctor reads of the processes of a service, which may be hostile.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { examined, readProcess } from '../../../src/cli/doctor/processes.ts';

test('the main process first, then the oldest others', () => {
  expect(examined(7, [9, 7, 8, process.pid])).toEqual([7, 8, 9]);
  expect(examined(0, [9, 8])).toEqual([8, 9]);
});

test('a limited number of processes', () => {
  const pids = Array.from({ length: 5000 }, (_, index) => 10_000_000 + index).toReversed();
  const found = examined(0, pids);
  expect(found.length).toBeLessThan(100);
  expect(found[0]).toBe(10_000_000);
});

test('the beginning of large arguments and variables', async () => {
  const large = 'x'.repeat(100_000);
  const env = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`LARGE_${index}`, large]));
  const child = spawn('/bin/sleep', ['1000', ...new Array<string>(10).fill(large)], { env: { FIRST: '1', ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const found = readProcess(child.pid ?? 0);
  expect(found?.argv.slice(0, 2)).toEqual(['/bin/sleep', '1000']);
  expect(found?.argv.join('').length).toBeLessThan(100_000);
  expect(found?.env?.FIRST).toBe('1');
  expect(Object.values(found?.env ?? {}).join('').length).toBeLessThan(100_000);
});
