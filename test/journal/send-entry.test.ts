import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createJournal } from '../../src/journal/create-journal.ts';
import { sendEntry, sendEntryTo } from '../../src/journal/send-entry.ts';
import { type FakeJournald, fakeJournald } from './fake-journald.ts';

let journald: FakeJournald;
beforeEach(async () => {
  journald = await fakeJournald();
});
afterEach(() => journald[Symbol.asyncDispose]());

type Pairs = Iterable<readonly [string, unknown]>;
const send = (fields: Pairs): Promise<boolean> => sendEntryTo(journald.path, fields);

describe('sendEntry()', () => {
  it('writes exactly these fields', async () => {
    await journald.read();
    const fields = [
      ['MESSAGE', 'hello'],
      ['A', 'x\ny'],
      ['A', Buffer.of(0xff)],
      ['B', ''],
    ] as const;
    expect(await send(fields)).toBe(true);
    const [entry] = await journald.arrived(1);
    const framed = (value: Buffer) => [
      Buffer.from('A\n'),
      Buffer.of(value.length, 0, 0, 0, 0, 0, 0, 0),
      value,
      Buffer.from('\n'),
    ];
    expect(entry?.bytes).toEqual(
      Buffer.concat([
        Buffer.from('MESSAGE=hello\n'),
        ...framed(Buffer.from('x\ny')),
        ...framed(Buffer.of(0xff)),
        Buffer.from('B=\n'),
      ]),
    );
  });

  it('takes anything that can be gone through, and 1024 fields', async () => {
    await journald.read();
    const id = '8d45620c1a4348dbb17410da57c60c66';
    expect(
      await send(
        new Map([
          ['MESSAGE', 'map'],
          ['MESSAGE_ID', id],
        ]),
      ),
    ).toBe(true);
    expect(await send([['MESSAGE_ID', Buffer.from(id.toUpperCase())]])).toBe(true);
    const all = Array.from({ length: 1024 }, (_, index) => [`F${index}`, `${index}`] as const);
    expect(await send(all)).toBe(true);
    expect(Object.keys((await journald.arrived(3))[2]?.fields ?? {})).toHaveLength(1024);
  });

  it('keeps its place among the entries of loggers, and waits', async () => {
    const log = createJournal({ connect: 'always' }, journald.path);
    const sent: Promise<boolean>[] = [];
    for (let index = 0; index < 2000; index += 2) {
      log.info(`${index}`);
      sent.push(send([['MESSAGE', `${index + 1}`]]));
    }
    await journald.read();
    expect(new Set(await Promise.all(sent))).toEqual(new Set([true]));
    const entries = await journald.arrived(2000);
    expect(entries.map(({ fields }) => fields.MESSAGE?.[0])).toEqual(
      Array.from({ length: 2000 }, (_, index) => `${index}`),
    );
  });

  it('is false without a journal', async () => {
    await journald.close();
    expect(await send([['MESSAGE', 'small']])).toBe(false);
    expect(await send([['MESSAGE', Buffer.alloc(10_000_000)]])).toBe(false);
    const log = createJournal({ connect: 'always' }, journald.path);
    log.info('waits');
    expect(await send([['MESSAGE', 'does not']])).toBe(false);
    await journald.open();
    await log.flush();
  });

  it('rejects when too much waits already', async () => {
    const value = Buffer.alloc(1_000_000);
    const sent = Array.from({ length: 40 }, () => send([['MESSAGE', value]]));
    const settled = Promise.allSettled(sent);
    await journald.read();
    const reasons = (await settled).flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(reasons.length).toBeGreaterThan(10);
    expect(reasons[0]).toMatchObject({ code: 'EAGAIN', syscall: 'sendmsg', path: journald.path });
  });

  it('refuses an entry that journald would not take from this user', async () => {
    vi.spyOn(process, 'geteuid').mockReturnValue(1000);
    const value = Buffer.alloc(16 * 1024 * 1024);
    const tooLarge = [
      ['A', value],
      ['B', value],
    ] as const;
    await expect(send(tooLarge)).rejects.toMatchObject({ code: 'SD_ERR_MESSAGE_TOO_LARGE' });
    vi.restoreAllMocks();
  });

  it.each<[unknown, string, RegExp]>([
    [undefined, 'TypeError', /iterable/],
    [{ MESSAGE: 'x' }, 'TypeError', /iterable/],
    ['MESSAGE=x', 'TypeError', /iterable/],
    [[], 'RangeError', /at least one/],
    [[['message', 'x']], 'TypeError', /"message"/],
    [[['', 'x']], 'TypeError', /""/],
    [[['_PID', '1']], 'TypeError', /"_PID"/],
    [[['1A', 'x']], 'TypeError', /"1A"/],
    [[['A\nB', 'x']], 'TypeError', /"A\\nB"/],
    [[['A=B', 'x']], 'TypeError', /"A=B"/],
    [[['Ä', 'x']], 'TypeError', /"Ä"/],
    [[['A'.repeat(65), 'x']], 'TypeError', /AAA/],
    [[[5, 'x']], 'TypeError', /5/],
    [[['A', 5]], 'TypeError', /A must be a string or a Uint8Array/],
    [[['A', null]], 'TypeError', /A must be/],
    [[['A', new Uint16Array(1)]], 'TypeError', /A must be/],
    [[['A', Object.create(Uint8Array.prototype)]], 'TypeError', /A must be/],
    [[['A']], 'TypeError', /A must be/],
    [[['MESSAGE_ID', 'x']], 'TypeError', /MESSAGE_ID must be 32 hex digits, not "x"/],
    [[['MESSAGE_ID', `${'0'.repeat(32)}\n`]], 'TypeError', /MESSAGE_ID/],
    [[['MESSAGE_ID', Buffer.from('0'.repeat(31))]], 'TypeError', /MESSAGE_ID/],
    [[['MESSAGE_ID', {}]], 'TypeError', /MESSAGE_ID/],
    [[5], 'TypeError', /pair/],
    [Array.from({ length: 1025 }, (_, index) => [`F${index}`, '']), 'RangeError', /F1024/],
  ])('refuses what journald would drop: %#', async (fields, name, message) => {
    await expect(send(fields as Pairs)).rejects.toMatchObject({
      name,
      code: 'SD_ERR_INVALID_ARG',
      message: expect.stringMatching(message),
    });
    await expect(sendEntry(fields as Iterable<[string, string]>)).rejects.toMatchObject({ code: 'SD_ERR_INVALID_ARG' });
    expect(journald.entries).toEqual([]);
  });
});
