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

const SLEEP = ['-c', 'sleep 60 & echo $!; wait'];

test('the processes of a run are those of its session, the descendants, and those with its INVOCATION_ID', async () => {
  const older = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(older, 'spawn');
  const processes = new Processes();
  const env = { ...process.env, INVOCATION_ID: processes.invocation };
  const leader = spawn('sh', SLEEP, { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  const inherits = spawn('sleep', ['60'], { detached: true, stdio: 'ignore', env });
  const stranger = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  try {
    await Promise.all([once(inherits, 'spawn'), once(stranger, 'spawn')]);
    const [line] = (await once(leader.stdout, 'data')) as [Buffer];
    const grandchild = Number(String(line));
    processes.follow({ pid: leader.pid as number, ended: new Promise(() => undefined) }, () => undefined);
    const pids = [leader.pid, grandchild, inherits.pid, stranger.pid, older.pid, process.pid].map(Number);
    expect(pids.map((pid) => processes.has(pid))).toEqual([true, true, true, false, false, false]);
    // The same processes get a signal.
    const ended = Promise.all([leader, inherits].map((child) => once(child, 'exit')));
    processes.kill('SIGKILL', 'control-group', true);
    await ended;
    expect([stranger, older].map(({ exitCode, signalCode }) => exitCode ?? signalCode)).toEqual([null, null]);
    await vi.waitFor(() => expect(processes.has(grandchild)).toBe(false), { timeout: 60_000 });
  } finally {
    for (const child of [older, leader, inherits, stranger]) child.kill('SIGKILL');
  }
});

test('a process that is older than the run does not belong to it, even with its INVOCATION_ID', async () => {
  const processes = new Processes();
  const env = { ...process.env, INVOCATION_ID: processes.invocation };
  const older = spawn('sleep', ['60'], { detached: true, stdio: 'ignore', env });
  await once(older, 'spawn');
  expect(processes.has(older.pid as number)).toBe(true);
  // A start is known to 10 ms.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const leader = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  try {
    await once(leader, 'spawn');
    processes.follow({ pid: leader.pid as number, ended: new Promise(() => undefined) }, () => undefined);
    expect(processes.has(older.pid as number)).toBe(false);
  } finally {
    older.kill('SIGKILL');
    leader.kill('SIGKILL');
  }
});
