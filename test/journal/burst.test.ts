// More entries than journald has room for: they wait as bytes, and a thread of the pool sends them in batches.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createJournal } from '../../src/journal/create-journal.ts';
import { sendEntryTo } from '../../src/journal/send-entry.ts';
import { native } from '../../src/native.ts';
import { type FakeJournald, fakeJournald } from './fake-journald.ts';

/** How many entries the kernel queues for a socket here: 512 where systemd runs, else 10. */
const QUEUE = Number(readFileSync('/proc/sys/net/unix/max_dgram_qlen', 'utf8'));

let journald: FakeJournald;
beforeEach(async () => {
  journald = await fakeJournald();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await journald[Symbol.asyncDispose]();
});

const logger = (options = {}) => createJournal({ connect: 'always', identifier: 'test', ...options }, journald.path);
const messages = async (count: number): Promise<string[]> =>
  (await journald.arrived(count)).map(({ fields }) => fields.MESSAGE?.[0] ?? '');
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('leaves in order by batches, whatever the entries are', async () => {
  const batches = vi.spyOn(native(), 'sendBatch');
  const log = logger();
  const other = logger().child({ child: true });
  for (let index = 0; index < 3000; index += 1) {
    if (index % 100 === 7) log.info(`${index}`, { framed: 'a\nb', bytes: new Uint8Array(10) });
    else if (index % 500 === 8) other.info(`${index}`, { large: 'x'.repeat(10_000) });
    else if (index % 500 === 9) void sendEntryTo(journald.path, [['MESSAGE', `${index}`]]);
    else (index % 2 === 0 ? log : other).info(`${index}`, { index, word: index % 3 === 0 ? 'ascii' : 'näh' });
  }
  await journald.read();
  await Promise.all([log.flush(), other.flush()]);
  expect(await messages(3000)).toEqual(numbers(3000));
  expect(batches.mock.calls.length).toBeGreaterThan(0);
  expect([log.dropped, other.dropped]).toEqual([0, 0]);
  expect(journald.entries.at(-1)?.fields).toMatchObject({ INDEX: ['2999'], WORD: ['näh'], CHILD: ['true'] });
});

it('leaves in order with entries of many short fields, which are too long to wait side by side', async () => {
  const log = logger();
  const fields = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`f${index}`, 'x'.repeat(100)]));
  for (let index = 0; index < 1500; index += 1) log.info(`${index}`, index % 10 === 3 ? fields : { index });
  await turn();
  await journald.read();
  await log.flush();
  expect(await messages(1500)).toEqual(numbers(1500));
  expect(journald.entries.at(-7)?.fields).toMatchObject({ F59: ['x'.repeat(100)] });
});

it('is taken back from the pool by flushSync(): none is lost, and none comes twice', async () => {
  const send = vi.spyOn(native(), 'sendBatch');
  const stop = vi.spyOn(native(), 'stopBatch');
  const log = logger({ overflow: 'block' });
  let count = 0;
  // A fast journald may read everything before flushSync() begins: repeat until flushSync() interrupts the pool.
  for (let round = 0; round < 10 || (stop.mock.calls.length === 0 && round < 500); round += 1) {
    for (let index = 0; index < QUEUE + 200; index += 1) log.info(`${count++}`);
    await turn();
    const reads = journald.read();
    const flushed = log.flush().then(() => true);
    const batches = send.mock.calls.length;
    while (send.mock.calls.length === batches && !(await Promise.race([flushed, turn()])));
    expect(log.flushSync(100_000)).toBe(true);
    await reads;
    await journald.stall();
  }
  expect(stop).toHaveBeenCalled();
  await journald.read();
  expect(await messages(count)).toEqual(numbers(count));
});

it('waits in memory while there is no journald, and leaves when it is back', async () => {
  const log = logger();
  for (let index = 0; index < 500; index += 1) log.info(`${index}`);
  await turn();
  await journald.close();
  for (let index = 500; index < 1000; index += 1) log.info(`${index}`);
  await turn();
  await journald.open();
  await journald.read();
  await log.flush();
  const arrived = (await journald.arrivedMessage('999')).map(({ fields }) => fields.MESSAGE?.[0]);
  // The entries in the queue of journald are lost when it exits; the other entries are in order.
  expect(arrived.slice(-500)).toEqual(numbers(1000).slice(-500));
});

it('counts what it loses, and the last entry that waits tells of it', async () => {
  const log = logger({ maxQueued: 20_000 });
  for (let index = 0; index < 1000; index += 1) log.info(`${index}`);
  const lost = log.dropped;
  expect(lost).toBeGreaterThan(100);
  await journald.read();
  await log.flush();
  expect(await messages(1000 - lost)).toEqual(numbers(1000 - lost));
  expect(journald.entries.at(-1)?.fields.READYD_DROPPED).toEqual([`${lost}`]);
});
