import { pbkdf2 } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { barrier, status } from '../../src/index.ts';
import { native } from '../../src/native.ts';
import { openDescriptors } from '../helpers/descriptors.ts';
import { createStalledReceiver, type StalledReceiver } from '../helpers/receiver.ts';

afterEach(() => {
  delete process.env.NOTIFY_SOCKET;
});

/** Does what a manager does: reads in order, and closes the descriptor that comes with BARRIER=1. */
function serve(receiver: StalledReceiver): string[] {
  return receiver.read().map(({ text, datagram }) => {
    for (const fd of datagram.fds) closeSync(fd);
    return `${text} with ${datagram.fds.length}`;
  });
}

describe('barrier()', () => {
  it('resolves false off systemd', async () => expect(await barrier()).toBe(false));

  it('resolves true once the manager has read everything before it', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    let passed = false;
    void status('last words');
    const waiting = barrier().then((answer) => {
      passed = answer;
    });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(passed).toBe(false);
    expect(serve(receiver)).toEqual(['STATUS=last words with 0', 'BARRIER=1 with 1']);
    await waiting;
    expect(passed).toBe(true);
  });

  it('times out, and leaves no descriptor behind', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    await status('opens the socket');
    await expect(barrier({ timeout: 10 })).rejects.toThrow(expect.objectContaining({ code: 'SD_ERR_TIMEOUT' }));
    serve(receiver);
    const before = openDescriptors();
    for (let n = 0; n < 20; n += 1) {
      await expect(barrier({ timeout: 1 })).rejects.toThrow('1 ms');
      serve(receiver);
    }
    expect(openDescriptors()).toBe(before);
  });

  it('waits behind messages that wait, and through them', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    const sent = Array.from({ length: 100 }, (_, n) => status(`${n}`));
    let read: string[] = [];
    const timer = setInterval(() => {
      read = [...read, ...serve(receiver)];
    }, 1);
    expect(await barrier()).toBe(true);
    clearInterval(timer);
    await Promise.all(sent);
    expect(read).toEqual([...Array.from({ length: 100 }, (_, n) => `STATUS=${n} with 0`), 'BARRIER=1 with 1']);
  });

  it('many at once are all answered', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    const timer = setInterval(() => serve(receiver), 1);
    expect(await Promise.all(Array.from({ length: 50 }, () => barrier()))).toEqual(Array(50).fill(true));
    clearInterval(timer);
  });

  it('ends with its signal', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    const reason = new Error('enough');
    await expect(barrier({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(receiver.read()).toEqual([]);
    const controller = new AbortController();
    const waiting = barrier({ signal: controller.signal });
    setTimeout(() => controller.abort(reason), 10);
    await expect(waiting).rejects.toBe(reason);
  });

  it.each([{ timeout: -1 }, { timeout: '1' }, { signal: 1 }, { timout: 1 }, null])('refuses %j', async (options) => {
    await expect(barrier(options as object)).rejects.toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ARG' }));
  });

  it('a wait that the kernel refuses is an error, and no answer', async () => {
    using receiver = createStalledReceiver();
    process.env.NOTIFY_SOCKET = receiver.path;
    await status('opens the socket');
    const before = openDescriptors();
    const poll = vi.spyOn(native(), 'poll').mockResolvedValueOnce(-constants.errno.ENOMEM);
    await expect(barrier()).rejects.toThrow(expect.objectContaining({ code: 'ENOMEM', syscall: 'poll' }));
    poll.mockRestore();
    serve(receiver);
    expect(openDescriptors()).toBe(before);
  });

  it('a manager that cannot be reached is an error', async () => {
    process.env.NOTIFY_SOCKET = '@readyd-nobody';
    await expect(barrier()).rejects.toThrow(expect.objectContaining({ code: 'ECONNREFUSED' }));
  });
});

it('a signal that lives as long as the program keeps nothing of the barriers', async () => {
  using receiver = createStalledReceiver();
  process.env.NOTIFY_SOCKET = receiver.path;
  const { signal } = new AbortController();
  for (let n = 0; n < 3; n += 1) {
    const waiting = barrier({ signal });
    serve(receiver);
    expect(await waiting).toBe(true);
  }
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('a barrier ends in time also while all threads of the pool are busy', async () => {
  using receiver = createStalledReceiver();
  process.env.NOTIFY_SOCKET = receiver.path;
  const busy = Array.from({ length: 4 * threads() }, () => promisify(pbkdf2)('x', 'x', 300_000, 64, 'sha512'));
  let ended = false;
  const all = Promise.all(busy).then(() => (ended = true));
  await expect(barrier({ timeout: 10 })).rejects.toThrow(expect.objectContaining({ code: 'SD_ERR_TIMEOUT' }));
  expect(ended).toBe(false);
  serve(receiver);
  await all;
});

function threads(): number {
  return Number(process.env.UV_THREADPOOL_SIZE ?? 4);
}
