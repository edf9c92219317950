import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { afterEach, expect, test, vi } from 'vitest';
import { Processes } from '../../src/manager/processes.ts';
import { native } from '../../src/native.ts';
import { openDescriptors } from '../helpers/descriptors.ts';
import { eventually } from '../helpers/eventually.ts';

afterEach(() => vi.restoreAllMocks());

const { ENOMEM, EMFILE } = constants.errno;

test.each([
  ['by its descriptor', () => undefined],
  ['where the kernel refuses to wait', () => vi.spyOn(native(), 'poll').mockResolvedValue(-ENOMEM)],
  ['without a descriptor to spare', () => vi.spyOn(native(), 'openProcess').mockReturnValue(-EMFILE)],
])('the end of a process that is no child is seen %s, and not before', async (_, prepare) => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const before = openDescriptors();
  prepare();
  const processes = new Processes();
  const exited = vi.fn();
  processes.followStranger(child.pid as number, exited);
  for (let look = 0; look < 3; look += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(exited).not.toHaveBeenCalled();
  child.kill('SIGKILL');
  await eventually(() => expect(exited).toHaveBeenCalledOnce());
  expect(processes.main).toBeUndefined();
  // The eventfd of the polls stays.
  expect(openDescriptors()).toBeLessThanOrEqual(before + 1);
});
