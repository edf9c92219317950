// Tests that need their own process: its exit, and its threads.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { createStalledReceiver } from '../helpers/receiver.ts';

function run(fixture: string, path: string): ChildProcess {
  const script = fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url));
  return spawn(process.execPath, [script], {
    env: { ...process.env, NOTIFY_SOCKET: path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once('close', resolve));

it('what waits when the process exits is still sent, in order', async () => {
  using receiver = createStalledReceiver();
  const child = run('exits-full.js', receiver.path);
  const texts = receiver.readUntil(1000);
  expect(await ended(child)).toBe(0);
  expect(await texts).toEqual(Array.from({ length: 1000 }, (_, n) => `STATUS=${n}`));
});

it('a manager that never reads does not keep a process from exiting', async () => {
  using receiver = createStalledReceiver();
  expect(await ended(run('exits-full.js', receiver.path))).toBe(0);
  expect(receiver.read().length).toBeLessThan(1000);
});

it('worker threads notify, and leave no descriptor behind, ended or terminated', async () => {
  using receiver = createStalledReceiver();
  const child = run('worker.js', receiver.path);
  let output = '';
  child.stdout?.on('data', (data) => {
    output += data;
  });
  const done = ended(child);
  const texts = await receiver.readUntil(23 + 11);
  expect(await done).toBe(0);
  expect(texts.filter((text) => text === 'READY=1\nSTATUS=worker')).toHaveLength(22);
  expect(output).toBe('0\n');
});

it('an address that no environment can hold is refused, where a worker thread has made it up', async () => {
  const child = run('nul.js', '/nowhere');
  let output = '';
  child.stdout?.on('data', (data) => {
    output += data;
  });
  expect(await ended(child)).toBe(0);
  expect(output).toMatch(/^SD_ERR_INVALID_ENV \$NOTIFY_SOCKET is "\/run\/systemd\/notify\\u0000x": .*NUL/);
});
