// A manager that exits after READY must not end the service.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  barrier,
  extendTimeout,
  notify,
  notifySync,
  ready,
  reload,
  reloading,
  SyscallError,
  status,
  stopping,
  watchdog,
} from '../../src/index.ts';
import { type ProcessLog, useProcessLog } from '../../src/journal/process-log.ts';
import { eventually } from '../helpers/eventually.ts';
import { createReceiver, temporaryPath } from '../helpers/receiver.ts';

const original = process.env.NOTIFY_SOCKET;
const warning = vi.fn<ProcessLog['warning']>();
const published = vi.fn();
const publish = (message: unknown): void => published(message);

beforeEach(() => {
  warning.mockReset();
  published.mockReset();
  useProcessLog({ warning, notice: () => undefined });
  subscribe('readyd:notify', publish);
});

afterEach(() => {
  unsubscribe('readyd:notify', publish);
  useProcessLog(undefined);
  if (original === undefined) delete process.env.NOTIFY_SOCKET;
  else process.env.NOTIFY_SOCKET = original;
});

/** The messages of the channel about departed managers, without its other messages. */
function departures(): unknown[] {
  return published.mock.calls.map(([message]) => message).filter(({ type }) => type === 'unreachable');
}

const GENTLE: readonly [name: string, call: () => Promise<unknown>][] = [
  ['status', () => status('x')],
  ['stopping', () => stopping('x')],
  ['reloading', () => reloading()],
  ['extendTimeout', () => extendTimeout(1)],
  ['barrier', () => barrier()],
];

describe.each([
  ['ECONNREFUSED', 'its socket is closed', false],
  ['ENOENT', 'its socket is removed', true],
])('%s: %s', (code, _, removed) => {
  /** The address of a manager that has exited after it read READY or another message. */
  async function left(said: () => Promise<boolean>): Promise<string> {
    const path = temporaryPath();
    await using receiver = createReceiver(path);
    process.env.NOTIFY_SOCKET = path;
    expect(await said()).toBe(true);
    await receiver.arrived(1);
    return path;
  }

  async function leave(said: () => Promise<boolean>): Promise<string> {
    const path = await left(said);
    // The receiver has removed the file of its socket; a socket that is only closed leaves the file.
    if (!removed) await leaveSocketFile(path);
    return path;
  }

  test.each(GENTLE)('%s resolves false after READY', async (_name, call) => {
    await leave(() => ready());
    expect(await call()).toBe(false);
    expect(warning).toHaveBeenCalledOnce();
  });

  test.each(GENTLE)('%s rejects where READY was never said', async (_name, call) => {
    await leave(() => status('hello'));
    await expect(call()).rejects.toMatchObject({ code });
    expect(warning).not.toHaveBeenCalled();
  });

  test('it is reported once: in the log and on the channel', async () => {
    const path = await leave(() => notify({ ready: true }));
    for (const [, call] of GENTLE) expect(await call()).toBe(false);
    expect(warning).toHaveBeenCalledOnce();
    expect(warning.mock.calls[0]?.[0]).toContain(`cannot reach the service manager at '${path}': ${code}`);
    expect(departures()).toEqual([{ type: 'unreachable', address: path, error: expect.any(SyscallError) }]);
  });

  test('ready() and notify() still reject', async () => {
    await leave(() => ready());
    await expect(ready()).rejects.toMatchObject({ code });
    await expect(notify({ status: 'x' })).rejects.toMatchObject({ code });
    expect(() => notifySync({ status: 'x' })).toThrow(expect.objectContaining({ code }));
  });

  test('a reload is done without it', async () => {
    await leave(() => ready());
    expect(await reload(() => 'done')).toBe('done');
    expect(warning).toHaveBeenCalledOnce();
  });

  test('the heart beats on: a ping that reaches no manager is not another error', async () => {
    process.env.WATCHDOG_USEC = '200000';
    await leave(async () => notifySync({ ready: true }));
    const log = { error: vi.fn(), warning, notice: vi.fn(), critical: vi.fn(), connected: false };
    const dog = watchdog({ log: log as never });
    await eventually(() => expect(warning).toHaveBeenCalledOnce());
    expect(await dog.trigger('lost')).toBe(false);
    dog.stop();
    delete process.env.WATCHDOG_USEC;
    expect(log.error).not.toHaveBeenCalled();
  });

  test('another manager, to which READY was not said, is not taken for this one', async () => {
    await leave(() => ready());
    process.env.NOTIFY_SOCKET = temporaryPath();
    await expect(status('x')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('one that comes back gets the messages from then on', async () => {
    const path = await leave(() => ready());
    expect(await status('lost')).toBe(false);
    rmSync(path, { force: true });
    await using receiver = createReceiver(path);
    expect(await status('found')).toBe(true);
    expect(await receiver.arrived(1)).toEqual(['STATUS=found']);
  });
});

/** Leaves the file of a socket that is closed. */
async function leaveSocketFile(path: string): Promise<void> {
  const { native } = await import('../../src/native.ts');
  native().close(native().bindDatagram(path));
}
