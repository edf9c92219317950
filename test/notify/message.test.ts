import { constants } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeMessage, MESSAGE_MAX } from '../../src/notify/message.ts';
import type { NotifyState } from '../../src/notify/state.ts';
import { parseNotification } from '../helpers/manager-parser.ts';
import { LONG, some, testWith } from '../left-out.ts';

const bytes = (text: string) => Buffer.byteLength(text);
// Values that the types forbid, and that a caller in JavaScript can pass.
const wrong = (state: object) => state as NotifyState;

describe('a state becomes lines', () => {
  it.each<[NotifyState, string]>([
    [{ ready: true }, 'READY=1'],
    [{ ready: true, status: 'serving' }, 'READY=1\nSTATUS=serving'],
    [{ stopping: true, status: 'bye' }, 'STOPPING=1\nSTATUS=bye'],
    [{ status: '' }, 'STATUS='],
    [{ status: 'a=b "c"' }, 'STATUS=a=b "c"'],
    [{ mainPid: 1 }, 'MAINPID=1'],
    [{ mainPid: 2147483647 }, 'MAINPID=2147483647'],
    [{ errno: 0 }, 'ERRNO=0'],
    [{ errno: 4095 }, 'ERRNO=4095'],
    [{ errno: 'ENOENT' }, 'ERRNO=ENOENT'],
    [{ errno: '2' }, 'ERRNO=2'],
    [{ busError: 'org.freedesktop.DBus.Error.Failed' }, 'BUSERROR=org.freedesktop.DBus.Error.Failed'],
    [{ varlinkError: 'io.systemd.Failed' }, 'VARLINKERROR=io.systemd.Failed'],
    [{ exitStatus: 255 }, 'EXIT_STATUS=255'],
    [{ watchdog: true }, 'WATCHDOG=1'],
    [{ watchdog: 'trigger' }, 'WATCHDOG=trigger'],
    [{ watchdogTimeout: 1500 }, 'WATCHDOG_USEC=1500000'],
    [{ watchdogTimeout: 0.001 }, 'WATCHDOG_USEC=1'],
    [{ watchdogTimeout: 0 }, 'WATCHDOG_USEC=0'],
    [{ extendTimeout: 90_000 }, 'EXTEND_TIMEOUT_USEC=90000000'],
    [{ notifyAccess: 'all' }, 'NOTIFYACCESS=all'],
    [{ restartReset: true }, 'RESTART_RESET=1'],
    [{ fdStore: true, fdName: 'listener', fdPoll: false }, 'FDSTORE=1\nFDNAME=listener\nFDPOLL=0'],
    [{ fdStoreRemove: true, fdName: 'listener' }, 'FDSTOREREMOVE=1\nFDNAME=listener'],
    [{ fdName: '' }, 'FDNAME='],
    [{ fields: { X_READYD_PHASE: 'warm', MAINPIDFD: '1' } }, 'X_READYD_PHASE=warm\nMAINPIDFD=1'],
    [{ fields: { X_PATH: 'C:\\temp' } }, 'X_PATH=C:\\temp'],
    // Several keys come in the order of the caller, and the status last.
    [{ status: 's', errno: 5, ready: true }, 'ERRNO=5\nREADY=1\nSTATUS=s'],
    [{ ready: true, fields: { X_A: '1' }, errno: 5 }, 'READY=1\nX_A=1\nERRNO=5'],
  ])('%j', (state, message) => expect(encodeMessage(state)).toBe(message));

  it.each<[NotifyState]>([
    [{}],
    [{ ready: false, reloading: false, stopping: false, watchdog: false, restartReset: false }],
    [{ fdStore: false, fdStoreRemove: false, fdPoll: true, fields: {} }],
    [wrong({ ready: undefined, status: undefined, errno: undefined })],
  ])('%j says nothing', (state) => expect(encodeMessage(state)).toBe(''));

  it('stamps a reload with the monotonic clock, in the same message', () => {
    const before = process.hrtime.bigint() / 1000n;
    const [, stamp] =
      /^RELOADING=1\nMONOTONIC_USEC=(\d+)\nSTATUS=x$/.exec(encodeMessage({ reloading: true, status: 'x' })) ?? [];
    expect(BigInt(stamp ?? '')).toBeGreaterThanOrEqual(before);
    expect(BigInt(stamp ?? '')).toBeLessThanOrEqual(process.hrtime.bigint() / 1000n);
  });
});

describe('a state is refused, by the name of its key', () => {
  it.each<[object, string, ErrorConstructor]>([
    [{ readdy: true }, 'readdy', TypeError],
    [{ constructor: true }, 'constructor', TypeError],
    [JSON.parse('{"__proto__": true}'), '__proto__', TypeError],
    [{ ready: 1 }, 'ready', TypeError],
    [{ ready: null }, 'ready', TypeError],
    [{ reloading: 'yes' }, 'reloading', TypeError],
    [{ stopping: 0 }, 'stopping', TypeError],
    [{ status: 5 }, 'status', TypeError],
    [{ status: null }, 'status', TypeError],
    [{ mainPid: 0 }, 'mainPid', RangeError],
    [{ mainPid: -1 }, 'mainPid', RangeError],
    [{ mainPid: 2147483648 }, 'mainPid', RangeError],
    [{ mainPid: 1.5 }, 'mainPid', RangeError],
    [{ mainPid: Number.NaN }, 'mainPid', RangeError],
    [{ mainPid: '1' }, 'mainPid', TypeError],
    [{ errno: -2 }, 'errno', RangeError],
    [{ errno: 4096 }, 'errno', RangeError],
    [{ errno: '4096' }, 'errno', RangeError],
    [{ errno: 'not a name' }, 'errno', TypeError],
    [{ errno: 'ENOENT\nREADY=1' }, 'errno', TypeError],
    [{ busError: 'a\nMAINPID=1' }, 'busError', TypeError],
    [{ busError: 'é' }, 'busError', TypeError],
    [{ busError: 'a\\' }, 'busError', TypeError],
    [{ varlinkError: '\u0000' }, 'varlinkError', TypeError],
    [{ exitStatus: 256 }, 'exitStatus', RangeError],
    [{ watchdog: 'triger' }, 'watchdog', TypeError],
    [{ watchdogTimeout: -1 }, 'watchdogTimeout', RangeError],
    [{ watchdogTimeout: 0.0001 }, 'watchdogTimeout', RangeError],
    [{ watchdogTimeout: Number.POSITIVE_INFINITY }, 'watchdogTimeout', RangeError],
    [{ extendTimeout: 0 }, 'extendTimeout', RangeError],
    [{ extendTimeout: Number.NaN }, 'extendTimeout', RangeError],
    [{ extendTimeout: 1e300 }, 'extendTimeout', RangeError],
    [{ notifyAccess: 'everybody' }, 'notifyAccess', TypeError],
    [{ restartReset: 1 }, 'restartReset', TypeError],
    [{ fdName: 'a:b' }, 'fdName', TypeError],
    [{ fdName: 'a\\b' }, 'fdName', TypeError],
    [{ fdName: 'a\tb' }, 'fdName', TypeError],
    [{ fdName: 'é' }, 'fdName', TypeError],
    [{ fdName: 'x'.repeat(256) }, 'fdName', RangeError],
    [{ fdPoll: 0 }, 'fdPoll', TypeError],
    [{ fields: 'X=1' }, 'fields', TypeError],
    [{ fields: { X_A: 'b\rSTATUS=forged' } }, 'fields.X_A', TypeError],
    [{ fields: { X_A: 'b\u0085' } }, 'fields.X_A', TypeError],
    [{ fields: { X_A: 'b\\' } }, 'fields.X_A', TypeError],
    [{ fields: { X_A: '\ud800' } }, 'fields.X_A', TypeError],
    [{ fields: { X_A: 1 } }, 'fields.X_A', TypeError],
    [{ fields: { 'X=1\nREADY': '1' } }, 'fields', TypeError],
    [{ fields: { '': '1' } }, 'fields', TypeError],
    [{ fields: { READY: '1' } }, 'use ready', TypeError],
    [{ fields: { STATUS: '1' } }, 'use status', TypeError],
    [{ fields: { WATCHDOG_USEC: '1' } }, 'use watchdogTimeout', TypeError],
    [{ fields: { MONOTONIC_USEC: '1' } }, 'use reloading', TypeError],
    [{ fields: { BARRIER: '1' } }, 'use barrier()', TypeError],
  ])('%j', (state, name, kind) => {
    expect(() => encodeMessage(wrong(state))).toThrow(kind);
    expect(() => encodeMessage(wrong(state))).toThrow(
      expect.objectContaining({ code: 'SD_ERR_INVALID_ARG', message: expect.stringContaining(name) }),
    );
  });

  it.each([undefined, null, 'READY=1', 1, [['ready', true]]])('%j is no state', (state) =>
    expect(() => encodeMessage(wrong(state as object))).toThrow(
      expect.objectContaining({ code: 'SD_ERR_INVALID_ARG' }),
    ),
  );
});

describe('a status', () => {
  it.each([
    ['two\nlines', 'STATUS=two lines'],
    ['a\r\n\t\u0000\u007f\u009fb', 'STATUS=a b'],
    ['\n', 'STATUS= '],
    ['C:\\temp\\', 'STATUS=C:\\\\temp\\\\'],
    ['\ud800 half', 'STATUS=\ufffd half'],
    ['🚀 é', 'STATUS=🚀 é'],
    ['x\nMAINPID=1\nWATCHDOG=trigger', 'STATUS=x MAINPID=1 WATCHDOG=trigger'],
  ])('%j is one line', (text, message) => {
    expect(encodeMessage({ status: text })).toBe(message);
    expect(encodeMessage({ status: text })).toBe(message);
  });

  it.each([
    ['one byte a character', 'x', 4086],
    ['three bytes a character', '€', 1362],
    ['four bytes a character', '🚀', 1021],
    ['a doubled backslash', '\\', 2043],
  ])('is cut at %s', (_, character, count) => {
    const message = encodeMessage({ status: character.repeat(5000) });
    expect(message).toBe(`STATUS=${(character === '\\' ? '\\\\' : character).repeat(count)}…`);
    expect(bytes(message)).toBeLessThanOrEqual(MESSAGE_MAX);
  });

  it('is not cut where it fits exactly', () => {
    expect(encodeMessage({ status: 'x'.repeat(4089) })).toBe(`STATUS=${'x'.repeat(4089)}`);
    expect(bytes(encodeMessage({ status: 'x'.repeat(4090) }))).toBe(MESSAGE_MAX);
  });

  it('leaves room for the rest of the message', () => {
    const message = encodeMessage({ ready: true, status: 'x'.repeat(5000), fields: { X_A: 'y'.repeat(1000) } });
    expect(bytes(message)).toBe(MESSAGE_MAX);
    expect(message.startsWith(`READY=1\nX_A=${'y'.repeat(1000)}\nSTATUS=x`)).toBe(true);
    expect(message.endsWith('x…')).toBe(true);
  });

  it('is cut where it is endless', () => expect(encodeMessage({ status: '\n'.repeat(1_000_000) })).toBe('STATUS= …'));
});

describe('a message of more than 4096 bytes', () => {
  const tooLarge = expect.objectContaining({ code: 'SD_ERR_MESSAGE_TOO_LARGE' });
  it('is refused', () => {
    expect(encodeMessage({ fields: { X_A: 'y'.repeat(4092) } })).toHaveLength(4096);
    expect(() => encodeMessage({ fields: { X_A: 'y'.repeat(4093) } })).toThrow(tooLarge);
    expect(() => encodeMessage({ fields: { X_A: '€'.repeat(1400) } })).toThrow(tooLarge);
  });
  it('is refused where not even the cut status fits', () =>
    expect(() => encodeMessage({ status: 'x'.repeat(10), fields: { X_A: 'y'.repeat(4082) } })).toThrow(tooLarge));
});

describe('whatever a status holds', () => {
  const any = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 6000 }),
    fc
      .array(fc.constantFrom('\n', '\r', '\\', '\0', 'READY=1', 'MAINPID=1', '=', '🚀', '\ud800', 'x'.repeat(500)), {
        maxLength: 40,
      })
      .map((parts) => parts.join('')),
  );

  it('it arrives as one assignment that reads back', () =>
    fc.assert(
      fc.property(any, (text) => {
        const message = encodeMessage({ ready: true, status: text, errno: 5 });
        const read = parseNotification(message);
        const plain = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').toWellFormed();
        const shown = read?.get('STATUS') ?? '';
        expect([...(read?.keys() ?? [])]).toEqual(['READY', 'ERRNO', 'STATUS']);
        expect(bytes(message)).toBeLessThanOrEqual(MESSAGE_MAX);
        if (shown !== plain) {
          expect(shown.endsWith('…')).toBe(true);
          expect(plain.startsWith(shown.slice(0, -1))).toBe(true);
          expect(bytes(message)).toBeGreaterThan(MESSAGE_MAX - 4);
        }
      }),
      { numRuns: some(2000) },
    ));
});

describe('whatever another value holds', () => {
  it('it arrives as it is, or is refused', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        let message: string;
        try {
          message = encodeMessage({ ready: true, fields: { X_A: text }, busError: 'a.b' });
        } catch (error) {
          return (
            error instanceof TypeError &&
            (/[\u0000-\u001f\u007f-\u009f]/.test(text) || text.endsWith('\\') || !text.isWellFormed())
          );
        }
        return message.split(/[\n\r]/).length === 3 && parseNotification(message)?.size === 3;
      }),
    ));
});

describe('a hostile state', () => {
  it('is read once: the checked value is sent', () => {
    let reads = 0;
    const state = wrong({
      get status() {
        reads += 1;
        return reads === 1 ? 'fine' : { length: 1, toString: () => 'x\nMAINPID=1' };
      },
    });
    expect(encodeMessage(state)).toBe('STATUS=fine');
    expect(reads).toBe(1);
  });

  it('sends nothing from Object.prototype', () => {
    // oxlint-disable-next-line no-extend-native -- what the test is about
    Object.defineProperty(Object.prototype, 'stopping', { value: true, configurable: true });
    try {
      expect(encodeMessage({ ready: true })).toBe('READY=1');
    } finally {
      Reflect.deleteProperty(Object.prototype, 'stopping');
    }
  });

  testWith(LONG, 'may have the longest status there is', () => {
    const longest = 'x'.repeat(constants.MAX_STRING_LENGTH);
    const message = `STATUS=${'x'.repeat(MESSAGE_MAX - 'STATUS=…'.length - 2)}…`;
    expect(encodeMessage({ status: longest })).toBe(message);
    expect(encodeMessage({ status: longest })).toBe(message);
  });
});
