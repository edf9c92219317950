import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MESSAGE_MAX, type Notification, parseNotification, splitLines } from '../../src/notify/decode.ts';
import { encodeMessage } from '../../src/notify/message.ts';
import { parseNotification as parseIndependently } from '../helpers/manager-parser.ts';

const NOTHING: Notification = {
  lines: [],
  ready: false,
  reloading: false,
  stopping: false,
  watchdog: undefined,
  watchdogTimeout: undefined,
  status: undefined,
  monotonicUsec: undefined,
  barrier: false,
  mainPid: undefined,
  mainPidFd: false,
  notifyAccess: undefined,
  errno: undefined,
  busError: undefined,
  varlinkError: undefined,
  extendTimeout: undefined,
  restartReset: false,
  fdStore: false,
  fdStoreRemove: false,
  fdName: undefined,
  fdPoll: true,
};

function parse(text: string): Notification | undefined {
  return parseNotification(Buffer.from(text));
}

const READ: readonly (readonly [string, Partial<Notification>])[] = [
  ['', { lines: [] }],
  ['READY=1', { ready: true }],
  ['READY=1\n', { lines: ['READY=1'], ready: true }],
  ['READY=1\0', { lines: ['READY=1'], ready: true }],
  ['READY=0\nREADY=1', { ready: true }],
  ['STATUS=one\nSTATUS=two', { status: 'one' }],
  ['STATUS=one\rREADY=1', { lines: ['STATUS=one', 'READY=1'], status: 'one', ready: true }],
  ['\n\nSTOPPING=1\n\n', { lines: ['STOPPING=1'], stopping: true }],
  ['STATUS=', { status: '' }],
  ['STATUS=a=b "c"', { status: 'a=b "c"' }],
  ['STATUS=C:\\\\temp', { lines: ['STATUS=C:\\temp'], status: 'C:\\temp' }],
  ['STATUS=C:\\temp', { lines: ['STATUS=C:temp'], status: 'C:temp' }],
  ['STATUS=foo\\\nREADY=1', { lines: ['STATUS=foo\nREADY=1'], status: 'foo\nREADY=1' }],
  ['STATUS=héllo 🚀', { status: 'héllo 🚀' }],
  ['RELOADING=1\nMONOTONIC_USEC=18446744073709551615', { reloading: true, monotonicUsec: 2 ** 64 }],
  ['WATCHDOG=1', { watchdog: 'ping' }],
  ['WATCHDOG=trigger', { watchdog: 'trigger' }],
  ['WATCHDOG_USEC=1500000', { watchdogTimeout: 1500 }],
  ['WATCHDOG_USEC=18446744073709551615', { watchdogTimeout: 0 }],
  ['BARRIER=1', { barrier: true }],
  ['MAINPID=42', { mainPid: 42 }],
  ['MAINPIDFD=1', { mainPidFd: true }],
  ['NOTIFYACCESS=all', { notifyAccess: 'all' }],
  ['NOTIFYACCESS=some', { notifyAccess: 'invalid' }],
  ['ERRNO=2', { errno: 2 }],
  ['ERRNO=ENOENT', { errno: 2 }],
  ['ERRNO=0', { errno: 0 }],
  ['ERRNO=4095', { errno: 4095 }],
  ['BUSERROR=org.example.Error', { busError: 'org.example.Error' }],
  ['BUSERROR=', { busError: '' }],
  ['VARLINKERROR=org.example.Error', { varlinkError: 'org.example.Error' }],
  ['EXTEND_TIMEOUT_USEC=5000000', { extendTimeout: 5000 }],
  ['RESTART_RESET=1', { restartReset: true }],
  ['FDSTORE=1\nFDNAME=web\nFDPOLL=0', { fdStore: true, fdName: 'web', fdPoll: false }],
  ['FDSTOREREMOVE=1\nFDNAME=web', { fdStoreRemove: true, fdName: 'web' }],
  ['FDNAME=', { fdName: '' }],
];

const IGNORED = [
  'READY=1 ',
  ' READY=1',
  'ready=1',
  'READY=0',
  'READY',
  'WATCHDOG=',
  'WATCHDOG=2',
  'WATCHDOG_USEC=-1',
  'MONOTONIC_USEC=18446744073709551616',
  'MONOTONIC_USEC=1 ',
  'X_OTHER=1',
  'MAINPID=0',
  'MAINPID=1x',
  'MAINPIDFD=2',
  'ERRNO=4096',
  'ERRNO=-1',
  'ERRNO=ENOTHING',
  'BUSERROR=é',
  'EXTEND_TIMEOUT_USEC=0',
  'EXTEND_TIMEOUT_USEC=18446744073709551615',
  'RESTART_RESET=2',
  'FDNAME=a:b',
  'FDNAME=é',
  `FDNAME=${'x'.repeat(256)}`,
  'FDPOLL=1',
  'EXIT_STATUS=3',
];

const DROPPED = ['READY=1\\', 'READY=1\0\n', 'READY=1\0STATUS=x', 'READY=1\0\0', `STATUS=${'x'.repeat(MESSAGE_MAX)}`];

/** The first of each key. */
function assignments(lines: readonly string[] | undefined): Map<string, string> | undefined {
  if (lines === undefined) return undefined;
  const pairs = lines.map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)] as const);
  return new Map(pairs.toReversed());
}

describe('parseNotification()', () => {
  it.each(READ)('reads %j', (text, expected) => {
    expect(parse(text)).toEqual({ ...NOTHING, lines: text.split('\n'), ...expected });
  });

  it.each(IGNORED)('makes nothing of %j', (text) => expect(parse(text)).toEqual({ ...NOTHING, lines: [text] }));

  it.each(DROPPED)('drops %.20j', (text) => expect(parse(text)).toBeUndefined());

  it('reads 4096 bytes', () => {
    expect(parse(`READY=1\nX=${'x'.repeat(MESSAGE_MAX - 10)}`)).toMatchObject({ ready: true });
  });

  it('clears the status that is no UTF-8, and reads the rest', () => {
    const message = Buffer.concat([Buffer.from('STATUS='), Buffer.from([0xc3, 0x28]), Buffer.from('\nREADY=1')]);
    expect(parseNotification(message)).toMatchObject({ status: '', ready: true });
  });

  it('splits as an independent parser does', () => {
    const hostile = fc.string({ unit: fc.constantFrom('\\', '\n', '\r', '=', 'A', 'é', ' ') });
    fc.assert(
      fc.property(hostile, (text) => {
        expect(assignments(splitLines(text))).toEqual(parseIndependently(text));
      }),
    );
  });

  it('reads back the status that our own encoder wrote, as one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const read = parse(encodeMessage({ status: text }));
        expect(read?.lines).toHaveLength(1);
        expect(read?.status).toBe(text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' '));
      }),
    );
  });

  it('reads back a reload', () => {
    const read = parse(encodeMessage({ reloading: true }));
    expect(read).toMatchObject({ reloading: true, monotonicUsec: expect.any(Number) });
    expect(JSON.parse(JSON.stringify(read))).toMatchObject({ lines: [expect.any(String), expect.any(String)] });
  });
});
