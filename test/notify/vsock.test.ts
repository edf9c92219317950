// No transport of vsock need be there: what can be seen everywhere is how messages to it fail, and that nothing blocks.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { barrier, notify, notifySync } from '../../src/index.ts';
import type { Message } from '../../src/notify/delivery.ts';
import { VsockSender } from '../../src/notify/vsock-sender.ts';
import { openDescriptors } from '../helpers/descriptors.ts';

// The local address: nothing leaves this machine, whatever transports it has.
const ADDRESS = 'vsock:local:65535';
const message: Message = { payload: 'READY=1', fds: undefined, pid: 0, timeout: 50 };

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
    // A transport that does not answer at all times out; none that is there at all takes the message.
    const code = expect.stringMatching(/^(E[A-Z]+|SD_ERR_TIMEOUT)$/);
    await expect(notify({ ready: true }, { timeout: 50 })).rejects.toMatchObject({ code });
    expect(() => notifySync({ ready: true }, { timeout: 50 })).toThrow(expect.objectContaining({ code }));
  },
);

it('descriptors are refused', async () => {
  const refused = expect.objectContaining({ code: 'SD_ERR_STATE' });
  await expect(notify({ fdStore: true }, { fds: [0] })).rejects.toThrow(refused);
  expect(() => notifySync({ fdStore: true }, { fds: [0] })).toThrow(refused);
});

it('a barrier waits for what was sent, and needs no message of its own', async () => {
  const sent = notify({ ready: true }, { timeout: 50 }).catch(() => 'failed');
  expect(await barrier()).toBe(true);
  expect(await Promise.race([sent, Promise.resolve('open')])).toBe('failed');
});

it('messages are sent one after another', async () => {
  const sender = new VsockSender({ type: 1, cid: 1, port: 65_535, text: ADDRESS });
  const order: number[] = [];
  const sent = [1, 2, 3].map((n) => sender.send(message).catch(() => order.push(n)));
  await sender.acknowledged();
  await Promise.all(sent);
  expect(order).toEqual([1, 2, 3]);
});

it('no descriptor is left behind', async () => {
  await notify({ ready: true }, { timeout: 5 }).catch(() => undefined);
  const before = openDescriptors();
  for (let n = 0; n < 50; n += 1) await notify({ ready: true }, { timeout: 5 }).catch(() => undefined);
  expect(openDescriptors()).toBe(before);
});
