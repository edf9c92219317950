import { afterEach, describe, expect, it, vi } from 'vitest';
import { journal } from '../../src/journal/create-journal.ts';
import type { Fields } from '../../src/journal/field-value.ts';
import { LEVELS, type Level } from '../../src/journal/levels.ts';
import type { Journal } from '../../src/journal/logger.ts';
import { decodeText } from './decoder.ts';
import { recorder } from './recorder.ts';

afterEach(() => vi.unstubAllEnvs());

describe('an entry', () => {
  it('is this, byte for byte', () => {
    const { log, payloads } = recorder({ identifier: 'app', fields: { version: '1.0' } });
    log.info('request served', { requestId: '7f3c', durationMs: 12, ok: true });
    expect(payloads).toEqual([
      'SYSLOG_IDENTIFIER=app\nVERSION=1.0\nPRIORITY=6\nMESSAGE=request served\nREQUEST_ID=7f3c\nDURATION_MS=12\nOK=true\n',
    ]);
  });

  it.each(LEVELS.map((level, priority) => [level, priority] as const))(
    'of level %s has PRIORITY=%i',
    (level, priority) => {
      const { log, payloads } = recorder();
      log[level]('m');
      log.log(level, 'm');
      const expected = `SYSLOG_IDENTIFIER=test\nPRIORITY=${priority}\nMESSAGE=m\n`;
      expect(payloads).toEqual([expected, expected]);
    },
  );

  it('of an unknown level is written, with a note', () => {
    const { log, fields, bytes } = recorder();
    log.log('loud' as Level, 'm');
    expect(fields()).toEqual({ MESSAGE: ['m'], READYD_NOTE: ['unknown level loud'] });
    expect(String(bytes())).toContain('PRIORITY=6\n');
    for (const level of [undefined, null, 7, {}, Symbol('x'), '__proto__']) log.log(level as Level, 'm');
    expect(fields().READYD_NOTE).toEqual(['unknown level __proto__']);
  });

  it.each<[unknown, string]>([
    ['', ''],
    ['x\nPRIORITY=0\nMESSAGE=forged', 'x\nPRIORITY=0\nMESSAGE=forged'],
    [undefined, 'undefined'],
    [null, 'null'],
    [5, '5'],
    [[1, 2], '[1,2]'],
    ['lone \udfff', 'lone \ufffd'],
  ])('has %j for a message', (message, text) => {
    const { log, fields } = recorder();
    log.info(message as string); // a program without types passes anything
    expect(fields()).toEqual({ MESSAGE: [text] });
  });

  it.each<[string, (log: Journal, fields: Fields) => void]>([
    ['an entry', (log, fields) => log.info('m', fields)],
    ['a longer entry', (log, fields) => log.info('m', { ...fields, list: [] })],
    ['a child', (log, fields) => log.child(fields).info('m')],
    ['an entry that is an error', (log, fields) => log.info(Object.assign(new Error('m'), { stack: '' }), fields)],
  ])('%s has a level, an identifier and a message of its own, whatever the keys are', (_, write) => {
    const body = JSON.parse('{"PRIORITY":0,"priority":"7","_syslogIdentifier":"sshd","MESSAGE":"no","object_pid":1}');
    const { log, bytes } = recorder();
    write(log, body);
    expect(decodeText(bytes())).toMatchObject({
      PRIORITY: ['6'],
      SYSLOG_IDENTIFIER: ['test'],
      MESSAGE: ['m'],
      FIELD_PRIORITY: ['0', '7'],
      FIELD_SYSLOG_IDENTIFIER: ['sshd'],
      FIELD_MESSAGE: ['no'],
      FIELD_OBJECT_PID: ['1'],
    });
    expect(decodeText(bytes())).not.toHaveProperty('OBJECT_PID');
  });

  it.each<[unknown, string]>([
    ['\u001b[31mred\u001b[39m and \u001b[1;38;5;200mbold\u001b[0m', 'red and bold'],
    [new Error('\u001b[31mred\u001b[39m'), 'red'],
    ['\u001b[2Jcleared\u001b[K', 'cleared'],
    ['no sequence: [31m', 'no sequence: [31m'],
    ['\u001b]0;may hold a text\u0007', '\u001b]0;may hold a text\u0007'],
    ['cut \u001b[3', 'cut \u001b[3'],
  ])('has no colours in its message: %j', (message, text) => {
    const { log, fields } = recorder();
    log.info(message as string, { kept: '\u001b[31mred' });
    expect(fields()).toMatchObject({ MESSAGE: [text], KEPT: ['\u001b[31mred'] });
  });

  it('has its message, and every field somewhere, among 3000', () => {
    const many = (prefix: string) => Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`${prefix}${i}`, i]));
    const { log, fields } = recorder({ fields: many('b') });
    log.child({ c: 1 }).info('m', many('f'));
    const { MESSAGE, READYD_NOTE, READYD_FOLDED, ...own } = fields();
    expect(MESSAGE).toEqual(['m']);
    expect(READYD_NOTE).toHaveLength(1);
    const folded = JSON.parse(READYD_FOLDED?.[0] ?? '') as [string, string][];
    expect(new Set([...Object.keys(own), ...folded.map(([name]) => name)]).size).toBe(3001);
    expect(Object.keys(own).length + folded.length).toBe(3001);
  });

  it('too large for journald is cut, with a note', () => {
    vi.spyOn(process, 'geteuid').mockReturnValue(1000);
    const { log, fields, bytes } = recorder();
    log.info('m', { a: 'x'.repeat(40_000_000), b: 'y'.repeat(1_000_000) });
    expect(bytes().length).toBeLessThanOrEqual(32 * 1024 * 1024);
    expect(fields()).toMatchObject({ MESSAGE: ['m'], B: ['y'.repeat(1_000_000)] });
    expect(fields().READYD_NOTE?.[0]).toMatch(/^cut by 74\d{5} bytes/);
    vi.restoreAllMocks();
  });

  it('is not lost when there is no stack left', () => {
    const { log, payloads } = recorder();
    let entries = 0;
    const sink = (depth: number): void => {
      const before = payloads.length;
      try {
        sink(depth + 1);
      } finally {
        if (depth % 10 === 0) log.info('deep', { depth, o: { a: 1 } });
        if (payloads.length > before) entries += 1;
      }
    };
    expect(() => sink(0)).toThrow(RangeError);
    expect(entries).toBeGreaterThan(0);
  });
});

describe('an entry that cannot be put together', () => {
  afterEach(() => vi.restoreAllMocks());

  it('keeps its message, and what the logger was given', () => {
    const { log, fields } = recorder({ fields: { app: 'x' } });
    const many = Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [`f${index}`, index]));
    vi.spyOn(JSON, 'stringify').mockImplementation(() => {
      throw new RangeError('Invalid string length');
    });
    log.child({ request: 7 }).error('m', many);
    expect(fields()).toEqual({
      APP: ['x'],
      REQUEST: ['7'],
      MESSAGE: ['m'],
      READYD_NOTE: ['the fields are lost: [unreadable: Invalid string length]'],
    });
  });
});

describe('levels', () => {
  it('are info by default', () => {
    const log = journal({ fallback: 'off' });
    expect(log.level).toBe('info');
    expect(LEVELS.filter((level) => log.isEnabled(level))).toEqual(LEVELS.slice(0, 7));
  });

  it('can change at any time, and children follow', () => {
    const { log, payloads } = recorder({ level: 'warning' });
    const child = log.child({ a: 1 });
    child.info('no');
    log.level = 'info';
    child.info('yes');
    expect(child.level).toBe('info');
    const grandchild = child.child({ b: 1 });
    child.level = 'error';
    grandchild.warning('no');
    log.warning('yes');
    log.level = 'debug';
    expect([log.level, child.level, grandchild.level]).toEqual(['debug', 'error', 'error']);
    expect(payloads).toHaveLength(2);
  });

  it('are debug when systemd restarts the service to find out why it failed', () => {
    vi.stubEnv('DEBUG_INVOCATION', '1');
    expect(journal({ fallback: 'off' }).level).toBe('debug');
    expect(journal({ fallback: 'off', level: 'error' }).level).toBe('debug');
    vi.stubEnv('DEBUG_INVOCATION', '0');
    expect(journal({ fallback: 'off' }).level).toBe('info');
  });

  it('that do not exist are refused', () => {
    const { log } = recorder();
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const level of ['loud', '', 3, undefined, '__proto__', proxy, Symbol('info'), ['info']]) {
      const error = { name: 'TypeError', code: 'SD_ERR_INVALID_ARG' };
      expect(() => (log.level = level as Level)).toThrow(expect.objectContaining(error));
      expect(() => log.isEnabled(level as Level)).toThrow(expect.objectContaining(error));
    }
    expect(log.level).toBe('debug');
  });

  it('of a child of a child of a child…', () => {
    const { log, payloads } = recorder({ level: 'info' });
    let child = log;
    for (let depth = 0; depth < 50_000; depth += 1) child = child.child({});
    child.info('yes');
    log.level = 'warning';
    child.info('no');
    expect([child.level, payloads.length]).toEqual(['warning', 1]);
  });

  it('below the threshold look at nothing', () => {
    const { log, payloads } = recorder({ level: 'info' });
    let looks = 0;
    const fields = {
      get a() {
        looks += 1;
        return looks;
      },
    };
    log.debug('m', fields);
    log.child({}).log('debug', 'm', fields);
    expect([looks, payloads.length]).toEqual([0, 0]);
  });
});

describe('a child', () => {
  it('has its own fields beside those of its parent, encoded once', () => {
    const { log, payloads } = recorder({ fields: { app: 'x' } });
    let looks = 0;
    const child = log.child({
      get a() {
        looks += 1;
        return 'l1\nl2';
      },
      error: new Error('e'),
    });
    child.info('m', { b: 1 });
    child.info('m', { b: 1 });
    log.info('m');
    expect(looks).toBe(1);
    expect(payloads[1]).toEqual(payloads[0]);
    expect(String(payloads[0])).toContain('APP=x\nA\n');
    expect(payloads[2]).toBe('SYSLOG_IDENTIFIER=test\nAPP=x\nPRIORITY=6\nMESSAGE=m\n');
  });

  it('keeps the bytes it was given, whatever becomes of them', () => {
    const { log, fields } = recorder();
    const bytes = Buffer.from('before');
    const child = log.child({ bytes });
    bytes.fill('x');
    child.info('m');
    expect(fields().BYTES).toEqual(['before']);
  });

  it('never throws', () => {
    const { log, fields } = recorder();
    log
      .child(undefined as never)
      .child(null as never)
      .child('x' as never)
      .info('m');
    expect(fields()).toEqual({ MESSAGE: ['m'], FIELD: ['x'] });
  });

  it('shares the count of lost entries', () => {
    const { log } = recorder();
    expect([log.dropped, log.child({}).dropped, log.connected]).toEqual([0, 0, true]);
  });
});

describe('options', () => {
  it.each<[unknown, string, RegExp]>([
    [null, 'TypeError', /object/],
    [[], 'TypeError', /object/],
    [{ levle: 'info' }, 'TypeError', /"levle"/],
    [{ level: 'loud' }, 'TypeError', /level/],
    [{ level: 3 }, 'TypeError', /level/],
    [{ identifier: '' }, 'TypeError', /identifier/],
    [{ identifier: 'a\nb' }, 'TypeError', /identifier/],
    [{ identifier: 5 }, 'TypeError', /identifier/],
    [{ fields: 'x' }, 'TypeError', /fields/],
    [{ fields: [] }, 'TypeError', /fields/],
    [{ fallback: 'xml' }, 'TypeError', /fallback/],
    [{ fallback: {} }, 'TypeError', /fallback/],
    [{ connect: true }, 'TypeError', /connect/],
    [{ maxQueued: '1' }, 'TypeError', /maxQueued/],
    [{ maxQueued: -1 }, 'RangeError', /maxQueued/],
    [{ maxQueued: 1.5 }, 'RangeError', /maxQueued/],
    [{ maxQueued: Number.NaN }, 'RangeError', /maxQueued/],
    [{ overflow: 'wait' }, 'TypeError', /overflow/],
  ])('%j are refused', (options, name, message) => {
    expect(() => journal(options as object)).toThrow(
      expect.objectContaining({ name, code: 'SD_ERR_INVALID_ARG', message: expect.stringMatching(message) }),
    );
  });

  it('refuse an invalid timeout', () => {
    const { log } = recorder();
    expect(() => log.flushSync(-1)).toThrow(RangeError);
    expect(() => log.flushSync('1' as never)).toThrow(TypeError);
    expect(log.flushSync()).toBe(true);
  });
});
