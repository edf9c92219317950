import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Journal } from '../../src/journal/logger.ts';
import { type Watchdog, watchdog } from '../../src/watchdog/watchdog.ts';
import { createStalledReceiver, type StalledReceiver } from '../helpers/receiver.ts';

let receiver: StalledReceiver;
let running: Watchdog | undefined;
const read = () => receiver.read().map(({ text }) => text);

beforeEach(() => {
  receiver = createStalledReceiver();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  running?.stop();
  vi.useRealTimers();
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete process.env[name];
  receiver[Symbol.dispose]();
});

function start(usec?: number): Watchdog {
  process.env.NOTIFY_SOCKET = receiver.path;
  if (usec !== undefined) process.env.WATCHDOG_USEC = String(usec);
  running = watchdog();
  return running;
}

/** Lets the promises of what was sent settle. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

async function pass(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms);
  await settle();
}

describe('watchdog()', () => {
  it('pings at once, and then every half of the timeout', async () => {
    const dog = start(3_000_000);
    expect(dog).toMatchObject({ enabled: true, timeout: 3000, interval: 1500 });
    expect(read()).toEqual(['WATCHDOG=1']);
    await settle();
    await pass(1499);
    expect(read()).toEqual([]);
    await pass(1);
    await pass(1500);
    expect(read()).toEqual(['WATCHDOG=1', 'WATCHDOG=1']);
  });

  it('is silent without a watchdog for this process', async () => {
    process.env.WATCHDOG_PID = '1';
    const dog = start(1_000_000);
    expect(dog).toMatchObject({ enabled: false, timeout: 0, interval: 0 });
    await pass(5000);
    expect(read()).toEqual([]);
  });

  it('is silent off systemd, also twice', () => {
    expect(watchdog().enabled).toBe(false);
    expect(watchdog().enabled).toBe(false);
  });

  it('runs once', () => {
    const dog = start(1_000_000);
    expect(() => watchdog()).toThrow(expect.objectContaining({ code: 'SD_ERR_STATE' }));
    dog.stop();
    running = watchdog();
    expect(running.enabled).toBe(true);
  });

  it('runs once, also where two without one take a timeout', async () => {
    const [first, second] = [start(), watchdog()];
    const [one, two] = await Promise.allSettled([first.setTimeout(200), second.setTimeout(300)]);
    expect(one).toEqual({ status: 'fulfilled', value: true });
    expect(two).toMatchObject({ status: 'rejected', reason: { code: 'SD_ERR_STATE' } });
    await expect(second.setTimeout(0)).rejects.toMatchObject({ code: 'SD_ERR_STATE' });
    expect(() => watchdog()).toThrow(expect.objectContaining({ code: 'SD_ERR_STATE' }));
    await settle();
    await pass(100);
    expect(read()).toEqual(['WATCHDOG_USEC=200000', 'WATCHDOG=1', 'WATCHDOG=1']);
    first.stop();
    running = second;
    expect(await second.setTimeout(300)).toBe(true);
    expect(read()).toEqual(['WATCHDOG_USEC=300000', 'WATCHDOG=1']);
  });

  it('one that could not take a timeout is not in the way of another', async () => {
    const [first, second] = [start(), watchdog()];
    process.env.NOTIFY_SOCKET = '/nowhere/at/all';
    await expect(first.setTimeout(200)).rejects.toMatchObject({ code: 'ENOENT' });
    process.env.NOTIFY_SOCKET = receiver.path;
    running = second;
    expect(await second.setTimeout(200)).toBe(true);
    delete process.env.NOTIFY_SOCKET;
    second.stop();
    expect(await Promise.all([first.setTimeout(1), second.setTimeout(1)])).toEqual([false, false]);
  });

  it('stops, by hand and with its scope', async () => {
    {
      process.env.NOTIFY_SOCKET = receiver.path;
      process.env.WATCHDOG_USEC = '1000000';
      using dog = watchdog();
      expect(dog.enabled).toBe(true);
      await settle();
    }
    read();
    await pass(5000);
    expect(read()).toEqual([]);
  });

  it('stays stopped, whatever timeout is on its way', async () => {
    const dog = start(1_000_000);
    const late = dog.setTimeout(200);
    dog.stop();
    expect(await late).toBe(true);
    expect(await dog.setTimeout(0)).toBe(true);
    await pass(5000);
    expect(read()).toEqual(['WATCHDOG=1', 'WATCHDOG_USEC=200000', 'WATCHDOG_USEC=0']);
  });

  it('goes on with a log that throws, and with one that lacks a level', async () => {
    process.env.NOTIFY_SOCKET = receiver.path;
    process.env.WATCHDOG_USEC = '1000000';
    const said: unknown[] = [];
    const log = {
      error(message: unknown) {
        said.push(message);
        throw new Error('no room for a log');
      },
    };
    running = watchdog({ log: log as unknown as Journal }); // wrong on purpose
    await settle();
    await running.trigger('enough');
    expect(said).toEqual(['watchdog triggered: enough']);
    process.env.NOTIFY_SOCKET = `${receiver.path}-gone`;
    await pass(500);
    process.env.NOTIFY_SOCKET = receiver.path;
    await pass(500);
    expect(said).toHaveLength(3);
    expect(read().at(-1)).toBe('WATCHDOG=1');
  });

  it('takes another timeout, and keeps its pace', async () => {
    const dog = start(60_000_000);
    await settle();
    expect(await dog.setTimeout(200)).toBe(true);
    expect(dog).toMatchObject({ enabled: true, timeout: 200, interval: 100 });
    await settle();
    await pass(100);
    expect(read()).toEqual(['WATCHDOG=1', 'WATCHDOG_USEC=200000', 'WATCHDOG=1', 'WATCHDOG=1']);
  });

  it('takes a timeout where the unit has none, and gives it up again', async () => {
    const dog = start();
    expect(await dog.setTimeout(200)).toBe(true);
    await settle();
    await pass(100);
    expect(await dog.setTimeout(0)).toBe(true);
    await pass(1000);
    expect(read()).toEqual(['WATCHDOG_USEC=200000', 'WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG_USEC=0']);
  });

  it('takes no timeout off systemd', async () => {
    running = watchdog();
    expect(await running.setTimeout(200)).toBe(false);
    expect(running.timeout).toBe(0);
  });

  it('triggers with a reason that is one line', async () => {
    const dog = start();
    expect(await dog.trigger('the database\nis gone')).toBe(true);
    expect(read()).toEqual(['WATCHDOG=trigger\nSTATUS=the database is gone']);
  });

  it('never has two pings in the manager’s full queue', async () => {
    // 10 by default; a systemd raises it on the machine that it manages.
    const length = Number(readFileSync('/proc/sys/net/unix/max_dgram_qlen', 'utf8'));
    const dog = start(100_000);
    for (let n = 0; n < length + 100; n += 1) await pass(50);
    expect(read().length).toBeLessThanOrEqual(length + 2);
    dog.stop();
  });

  it('says once that pings fail, and that they work again', async () => {
    const said: string[] = [];
    const log = { error: (error: Error) => said.push(error.message), notice: (text: string) => said.push(text) };
    process.env.NOTIFY_SOCKET = '/nowhere/at/all';
    process.env.WATCHDOG_USEC = '100000';
    running = watchdog({ log: log as never });
    await settle();
    await pass(50);
    await pass(50);
    process.env.NOTIFY_SOCKET = receiver.path;
    await pass(50);
    expect(said).toEqual([
      "cannot reach the service manager at '/nowhere/at/all': ENOENT (sendmsg)",
      'the service manager takes watchdog pings again',
    ]);
  });

  it('a timeout longer than a timer can be is not a busy loop', async () => {
    start(Number.MAX_SAFE_INTEGER);
    await settle();
    await pass(2_000_000_000);
    expect(read()).toEqual(['WATCHDOG=1']);
  });

  it('a malformed variable is reported', () => {
    process.env.WATCHDOG_USEC = '1s';
    expect(() => watchdog()).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ENV' }));
  });

  it('wrong arguments are named', async () => {
    expect(() => watchdog({ chekcs: {} } as object)).toThrow('chekcs');
    expect(() => watchdog({ log: {} } as object)).toThrow('error()');
    const dog = start();
    for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(dog.setTimeout(ms)).rejects.toThrow(RangeError);
    await expect(dog.setTimeout('1' as unknown as number)).rejects.toThrow(TypeError);
    await expect(dog.trigger(1 as unknown as string)).rejects.toThrow(TypeError);
    expect(read()).toEqual([]);
  });
});
