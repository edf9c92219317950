// The machine may have no vsock transport. On every machine, messages to vsock fail with the right error and never block.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { barrier, notify, notifySync } from '../../src/index.ts';
import { native } from '../../src/native.ts';
import type { NotifyMessage } from '../../src/notify/delivery.ts';
import { QueuedSender } from '../../src/notify/queued-sender.ts';
import { VsockRoute } from '../../src/notify/vsock-route.ts';
import { openDescriptors } from '../helpers/descriptors.ts';

// The local address: nothing leaves this machine, whatever transports it has.
const ADDRESS = 'vsock:local:65535';
const message: NotifyMessage = { payload: 'READY=1', fds: undefined, pid: 0, timeout: 50 };

beforeEach(() => {
  process.env.NOTIFY_SOCKET = ADDRESS;
});
afterEach(() => {
  delete process.env.NOTIFY_SOCKET;
});

it.each(['vsock:1:65535', 'vsock-stream:1:65535', 'vsock-seqpacket:1:65535', 'vsock-dgram:1:65535'])(
  'a message to %s, where nobody listens, fails within its time',
  async (address) => {
    process.env.NOTIFY_SOCKET = address;
    // A transport that does not answer times out; without a transport the message fails at once.
    const code = expect.stringMatching(/^(E[A-Z]+|SD_ERR_TIMEOUT)$/);
    await expect(notify({ ready: true }, { timeout: 50 })).rejects.toMatchObject({ code });
    expect(() => notifySync({ ready: true }, { timeout: 50 })).toThrow(expect.objectContaining({ code }));
  },
);

// Only a transport that does not answer, as above, leaves a call to interrupt.
it('a signal neither ends the waiting early nor puts its end off', async () => {
  const ignore = () => undefined;
  process.on('SIGUSR2', ignore);
  const interrupted = once(process, 'SIGUSR2');
  const sender = spawn('sh', ['-c', `echo; while kill -USR2 ${process.pid}; do sleep 0.01; done`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(sender, 'close');
  try {
    await once(sender.stdout, 'data');
    const began = performance.now();
    const results = [1, 5].map((type) => native().vsockSendSync(type, 1, 65_535, 'READY=1', 300));
    expect(performance.now() - began).toBeLessThan(1500);
    expect(results).not.toContain(-constants.errno.EINTR);
    await interrupted;
  } finally {
    sender.kill();
    await ended;
    process.off('SIGUSR2', ignore);
  }
});

it.each([0, -5, -1000, Number.NaN])('a time of %d is over at once, and not without an end', (timeout) => {
  const began = performance.now();
  const result = native().vsockSendSync(1, 1, 65_535, 'READY=1', timeout);
  // Without a limit, the kernel waits two seconds for a connection, and for ever in the other calls.
  expect(performance.now() - began).toBeLessThan(1500);
  expect(result).toBeLessThan(0);
  expect(result).not.toBe(-constants.errno.EDOM);
});

it('descriptors are refused', async () => {
  const refused = expect.objectContaining({ code: 'SD_ERR_STATE' });
  await expect(notify({ fdStore: true }, { fds: [0] })).rejects.toThrow(refused);
  expect(() => notifySync({ fdStore: true }, { fds: [0] })).toThrow(refused);
});

it('a barrier waits for the messages before it, and sends none', async () => {
  const sent = notify({ ready: true }, { timeout: 50 }).catch(() => 'failed');
  expect(await barrier()).toBe(true);
  expect(await Promise.race([sent, Promise.resolve('open')])).toBe('failed');
});

it('messages are sent one after another', async () => {
  const sender = new QueuedSender(new VsockRoute({ type: 1, cid: 1, port: 65_535, text: ADDRESS }));
  const order: number[] = [];
  const sent = [1, 2, 3].map((n) => sender.send(message).catch(() => order.push(n)));
  await sender.acknowledged?.();
  await Promise.all(sent);
  expect(order).toEqual([1, 2, 3]);
});

it('no descriptor is left behind', async () => {
  const fail = () => notify({ ready: true }, { timeout: 5 }).catch(() => undefined);
  await fail();
  await barrier(); // the thread pool may still be busy for a moment after the message has timed out
  const before = openDescriptors();
  for (let n = 0; n < 50; n += 1) await fail();
  await barrier();
  expect(openDescriptors()).toBe(before);
});

/** Replaces the thread pool: the messages stay under way until the test releases them. */
function underWay() {
  const calls: { payload: string; timeout: number; done: (result: number) => void }[] = [];
  const blocking: string[] = [];
  vi.spyOn(native(), 'vsockSend').mockImplementation(
    (_type, _cid, _port, payload, timeout) =>
      new Promise((resolve) => calls.push({ payload, timeout, done: () => resolve(payload.length) })),
  );
  vi.spyOn(native(), 'vsockSendSync').mockImplementation((_type, _cid, _port, payload) => blocking.push(payload));
  return { calls, blocking };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('to a manager that takes its time', () => {
  afterEach(() => vi.restoreAllMocks());
  const sender = () => new QueuedSender(new VsockRoute({ type: 1, cid: 1, port: 65_535, text: ADDRESS }));
  const said = (payload: string, timeout = 10_000): NotifyMessage => ({ ...message, payload, timeout });

  it('a message leaves in the tick of the call, and the next one when it has arrived', async () => {
    const { calls } = underWay();
    const to = sender();
    const sent = [to.send(said('1')), to.send(said('2'))];
    expect(calls.map(({ payload }) => payload)).toEqual(['1']);
    calls[0]?.done(1);
    await turn();
    expect(calls.map(({ payload }) => payload)).toEqual(['1', '2']);
    calls[1]?.done(1);
    expect(await Promise.all(sent)).toEqual([true, true]);
  });

  it('at most 8 MiB wait; then a call rejects with EAGAIN, until there is room again', async () => {
    const { calls } = underWay();
    const to = sender();
    const payload = 'x'.repeat(4096);
    const sent = Array.from({ length: 3000 }, () => to.send(said(payload)).catch(({ code }: { code: string }) => code));
    await turn();
    const room = Math.floor((8 * 1024 * 1024) / (payload.length + 256));
    for (let index = 0; index < room; index += 1) {
      calls[index]?.done(1);
      await turn();
    }
    const outcomes = await Promise.all(sent);
    expect(outcomes).toEqual([...Array(room).fill(true), ...Array(3000 - room).fill('EAGAIN')]);
    const next = to.send(said('next'));
    calls.at(-1)?.done(1);
    expect(await next).toBe(true);
  });

  it('the time counts from the call, also of one whose turn does not come', async () => {
    const { calls } = underWay();
    const to = sender();
    const first = to.send(said('1'));
    const second = to.send(said('2', 20));
    const third = to.send(said('3', 60_000));
    const fourth = to.send(said('4', Number.POSITIVE_INFINITY));
    await expect(second).rejects.toMatchObject({ code: 'SD_ERR_TIMEOUT', message: expect.stringContaining('20 ms') });
    calls[0]?.done(1);
    await turn();
    // The second one is not sent any more, and the third one has less time than it was given.
    expect(calls.map(({ payload }) => payload)).toEqual(['1', '3']);
    expect(calls[1]?.timeout).toBeLessThan(60_000 - 15);
    expect(calls[1]?.timeout).toBeGreaterThan(0);
    calls[1]?.done(1);
    await turn();
    expect(calls[2]).toMatchObject({ payload: '4', timeout: 2_147_483_647 });
    calls[2]?.done(1);
    expect(await Promise.all([first, third, fourth])).toEqual([true, true, true]);
  });

  it('a barrier waits for what is under way, also if its sender has given up', async () => {
    const { calls } = underWay();
    const to = sender();
    const sent = to.send(said('1', 10));
    let passed = false;
    const barrier = to.acknowledged?.().then(() => (passed = true));
    await expect(sent).rejects.toMatchObject({ code: 'SD_ERR_TIMEOUT' });
    await turn();
    expect(passed).toBe(false);
    calls[0]?.done(1);
    await barrier;
    await to.acknowledged?.();
  });

  it('a message that blocks sends first what waits, and so does the exit of the process', async () => {
    const { calls, blocking } = underWay();
    const to = sender();
    const before = process.listeners('exit');
    const sent = ['1', '2', '3'].map((payload) => to.send(said(payload)));
    expect(to.sendSync(said('4'))).toBe(true);
    expect(blocking).toEqual(['2', '3', '4']);
    sent.push(to.send(said('5')));
    for (const listener of process.listeners('exit')) if (!before.includes(listener)) listener.call(process, 0);
    expect(blocking).toEqual(['2', '3', '4', '5']);
    calls[0]?.done(1);
    expect(await Promise.all(sent)).toEqual([true, true, true, true]);
    await turn();
    expect(process.listeners('exit')).toEqual(before);
  });
});
