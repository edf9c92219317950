import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJournal } from '../../src/journal/create-journal.ts';
import type { Journal } from '../../src/journal/logger.ts';
import type { JournalOptions } from '../../src/journal/options.ts';
import { openDescriptors } from '../helpers/descriptors.ts';
import { ALL } from '../left-out.ts';
import { type FakeJournald, fakeJournald, type Received } from './fake-journald.ts';

// F_SEAL_SEAL, SHRINK, GROW and WRITE. An older journald treats a file with any other seal as one without seals.
const SEALS = 0b1111;
/** Long enough for some of the retries, which come after 10, 20, 40… ms. */
const WHILE_MS = 150;

let journald: FakeJournald;
beforeEach(async () => {
  journald = await fakeJournald();
});
afterEach(() => journald[Symbol.asyncDispose]());

function logger(options: JournalOptions = {}, to: FakeJournald = journald): Journal {
  return createJournal({ connect: 'always', identifier: 'test', ...options }, to.path);
}

function pause(ms = WHILE_MS): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function messages(entries: readonly Received[]): string[] {
  return entries.map(({ fields }) => fields.MESSAGE?.[0] ?? '');
}

function numbers(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => `${from + index}`);
}

function dropped(entries: readonly Received[]): number {
  return entries.flatMap(({ fields }) => fields.READYD_DROPPED ?? []).reduce((sum, count) => sum + Number(count), 0);
}

describe('an entry', () => {
  it('is its own datagram, sent within the call', async () => {
    await journald.read();
    const log = logger();
    log.info('one', { a: 'x\ny' });
    expect(log.flushSync(0)).toBe(true);
    const [entry] = await journald.arrived(1);
    expect(entry).toMatchObject({
      fds: 0,
      fields: { SYSLOG_IDENTIFIER: ['test'], PRIORITY: ['6'], MESSAGE: ['one'], A: ['x\ny'] },
    });
  });

  it('too large for a datagram is a sealed file, the only descriptor of an empty one', async () => {
    await journald.read();
    const log = logger();
    const value = 'ä\n'.repeat(3_000_000);
    log.info('large', { value });
    log.info('small');
    const [large, small] = await journald.arrived(2);
    expect(large).toMatchObject({ fds: 1, seals: SEALS, payload: 0, fields: { MESSAGE: ['large'] } });
    // O_RDWR and nothing else: journald refuses O_APPEND and O_NONBLOCK.
    expect(large?.flags).toBe(2);
    expect(large?.fields.VALUE?.[0] === value).toBe(true);
    expect(small?.fds).toBe(0);
  });

  it('of any size leaves no descriptor open', async () => {
    await using quiet = await fakeJournald({ quiet: true });
    await quiet.read();
    const log = logger({}, quiet);
    const value = Buffer.alloc(5_000_000, 'x');
    log.info('first', { value });
    await quiet.arrived(1);
    const before = openDescriptors();
    for (let index = 1; index < 60; index += 1) {
      log.info('more', { value });
      await log.flush(); // a slow receiver would make the logger drop entries
    }
    expect((await quiet.arrived(60)).map(({ size }) => size >= 5_000_000)).not.toContain(false);
    expect(openDescriptors()).toBeLessThanOrEqual(before + 1); // the one that wakes up who polls
    await quiet.close();
    for (let index = 0; index < 60; index += 1) log.info('gone', { value });
    expect(openDescriptors()).toBeLessThanOrEqual(before + 2); // that of the entry that is next
    expect(log.dropped).toBeGreaterThan(50);
    await quiet.open();
    await log.flush();
    expect(openDescriptors()).toBeLessThanOrEqual(before + 1);
  });
});

describe('a journald that reads slowly', () => {
  it('gets everything in order, and the event loop goes on', async () => {
    const log = logger();
    const other = logger();
    const count = ALL ? 20_000 : 4000;
    for (let index = 0; index < count; index += 1) {
      (index % 2 === 0 ? log : other.child({ child: 1 })).info(`${index}`);
      if (index % 500 === 0) await pause(1);
    }
    await pause();
    // If a log call waited for room, the test would never get here.
    await journald.read();
    await Promise.all([log.flush(), other.flush()]);
    expect(messages(await journald.arrived(count))).toEqual(numbers(count));
    expect([log.dropped, other.dropped]).toEqual([0, 0]);
  });

  it('drops the newest entries past maxQueued, and counts them', async () => {
    const log = logger({ maxQueued: 10_000 });
    for (let index = 0; index < 2000; index += 1) log.info(`${index}`);
    const lost = log.dropped;
    expect(lost).toBeGreaterThan(1000);
    expect(log.child({}).dropped).toBe(lost);
    await journald.read();
    await log.flush();
    log.info('after');
    const entries = await journald.arrivedMessage('after');
    expect(messages(entries)).toEqual([...numbers(2000 - lost), 'after']);
    // The entry after the gap reports the gap, once.
    expect(entries.at(-2)?.fields.READYD_DROPPED).toEqual([`${lost}`]);
    expect(dropped(entries)).toBe(lost);
    expect(log.dropped).toBe(lost);
  });

  it('finds each gap reported by the entry that follows', async () => {
    const log = logger({ maxQueued: 5000 });
    let sent = 0;
    for (let round = 0; round < 20; round += 1) {
      for (let index = 0; index < 2000; index += 1) {
        sent += 1;
        log.info(`${sent}`);
      }
      await journald.read();
      await pause(2);
      await journald.stall();
    }
    await journald.read();
    await log.flush();
    log.info('end');
    const entries = await journald.arrivedMessage('end');
    expect(log.dropped).toBeGreaterThan(0);
    expect(dropped(entries)).toBe(log.dropped);
    expect(entries.length - 1 + log.dropped).toBe(sent);
    // By then, reports account for each missing number.
    let last = 0;
    let gaps = 0;
    for (const { fields } of entries.slice(0, -1)) {
      gaps += Number(fields.MESSAGE?.[0]) - last - 1;
      last = Number(fields.MESSAGE?.[0]);
      expect(dropped([{ fields } as Received])).toBeLessThanOrEqual(log.dropped);
    }
    expect(gaps + (sent - last)).toBe(log.dropped);
  });

  it('gives each logger its own share of the queue', async () => {
    const small = logger({ maxQueued: 0 });
    const large = logger();
    for (let index = 0; index < 1000; index += 1) large.info(`${index}`);
    small.info('lost');
    expect([small.dropped, large.dropped]).toEqual([1, 0]);
    await journald.read();
    await journald.arrived(1000);
    small.info('next');
    const entries = await journald.arrivedMessage('next');
    expect(entries.at(-1)?.fields.READYD_DROPPED).toEqual(['1']);
  });

  it('is waited for inside the call by choice', async () => {
    const log = logger({ maxQueued: 1000, overflow: 'block' });
    await journald.read();
    for (let index = 0; index < 5000; index += 1) log.info(`${index}`);
    expect(log.flushSync(100_000)).toBe(true);
    expect(messages(await journald.arrived(5000))).toEqual(numbers(5000));
    expect(log.dropped).toBe(0);
  });

  it('is waited for by flushSync(), until its timeout', async () => {
    const log = logger();
    for (let index = 0; index < 2000; index += 1) log.info(`${index}`);
    expect(log.flushSync(0)).toBe(false);
    expect(log.flushSync(50)).toBe(false);
    await journald.read();
    expect(log.flushSync(100_000)).toBe(true);
    expect(messages(await journald.arrived(2000))).toEqual(numbers(2000));
  });

  it('gets entries as they were when they were logged', async () => {
    const log = logger();
    const bytes = Buffer.from('before');
    for (let index = 0; index < 2000; index += 1) log.info(`${index}`, { bytes });
    bytes.fill('x');
    await journald.read();
    for (const { fields } of await journald.arrived(2000)) expect(fields.BYTES).toEqual(['before']);
  });
});

describe('a journald that is gone', () => {
  it('gets everything when it comes', async () => {
    await journald.close();
    const log = logger();
    for (let index = 0; index < 500; index += 1) log.info(`${index}`);
    await pause();
    expect(existsSync(journald.path)).toBe(false);
    await journald.open();
    await journald.read();
    await log.flush();
    expect(messages(await journald.arrived(500))).toEqual(numbers(500));
    expect(log.dropped).toBe(0);
  });

  it('gets everything in order when it is restarted again and again', async () => {
    await journald.read();
    const log = logger();
    for (let index = 0; index < 400; index += 1) {
      log.info(`${index}`);
      await pause(2);
      if (index % 100 !== 50) continue;
      await journald.arrived(index + 1);
      await journald.close();
      void pause(50).then(() => journald.open());
    }
    await log.flush();
    expect(messages(await journald.arrived(400))).toEqual(numbers(400));
  });

  it('is found at once when it recreated its socket', async () => {
    await journald.read();
    const log = logger();
    log.info('before');
    await journald.arrived(1);
    await journald.open();
    log.info('after');
    expect(log.flushSync(0)).toBe(true);
    expect(messages(await journald.arrived(2))).toEqual(['before', 'after']);
  });

  it('holds up neither close() nor a call that may block for more than a second', async () => {
    await journald.close();
    const log = logger({ maxQueued: 100, overflow: 'block' });
    for (let index = 0; index < 50; index += 1) log.info(`${index}`);
    expect(log.dropped).toBeGreaterThan(40);
    await log.close();
    expect(log.flushSync(0)).toBe(false);
  });
});

describe('close()', () => {
  it('is not held up for ever by a journald that takes nothing', async () => {
    const log = logger();
    // More than the kernel queues for a socket, which is 512 where systemd runs.
    for (let n = 0; n < 700; n += 1) log.info(`${n}`);
    await log.close();
    expect(log.flushSync(0)).toBe(false);
    await journald.read();
    expect(messages(await journald.arrived(700))).toEqual(numbers(700));
  });

  it('sends what waits, frees the socket, and is no end', async () => {
    const before = openDescriptors();
    const log = logger();
    for (let index = 0; index < 1000; index += 1) log.info(`${index}`);
    const closed = log.close();
    await journald.read();
    await closed;
    expect(messages(await journald.arrived(1000))).toEqual(numbers(1000));
    // The eventfd that wakes the polls stays open.
    expect(openDescriptors()).toBeLessThanOrEqual(before + 1);
    log.info('again');
    await journald.arrivedMessage('again');
    await log.close();
    await log.close();
  });
});
