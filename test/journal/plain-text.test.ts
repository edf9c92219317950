import { spawnSync } from 'node:child_process';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { journal } from '../../src/journal/create-journal.ts';
import type { Fields } from '../../src/journal/field-value.ts';
import { FieldList, type Format, jsonFormat, textFormat } from '../../src/journal/plain-text.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/;

function list(fields: readonly (readonly [string, string | Uint8Array])[]): FieldList {
  const written = new FieldList();
  written.text('SYSLOG_IDENTIFIER', 'app');
  written.text('PRIORITY', '4');
  for (const [name, value] of fields) {
    if (typeof value === 'string') written.text(name, value);
    else written.bytes(name, value);
  }
  return written;
}

function format(how: Format, fields: readonly (readonly [string, string | Uint8Array])[]): string {
  const text = how(4, list(fields).fields);
  return text.replace(TIME, 'TIME');
}

describe('text for people', () => {
  it('is a line with time, level, message and fields', () => {
    expect(
      format(textFormat(false), [
        ['MESSAGE', 'hello world'],
        ['A', '1'],
        ['B', 'two words'],
        ['C', ''],
        ['D', 'q"'],
      ]),
    ).toBe('TIME WARNING   hello world A=1 B="two words" C="" D="q\\""\n');
  });

  it('has what takes several lines below, indented', () => {
    const stack = 'Error: bad\n    at f (/f.js:1:1)';
    const fields = [
      ['MESSAGE', 'bad\nworse'],
      ['ERROR_NAME', 'Error'],
      ['ERROR_CODE', 'EBAD'],
      ['ERROR_STACK', stack],
      ['CODE_FILE', '/f.js'],
      ['CODE_LINE', '1'],
      ['CODE_FUNC', 'f'],
      ['TEXT', 'a\nb'],
    ] as const;
    expect(format(textFormat(false), fields)).toBe(
      'TIME WARNING   bad ERROR_CODE=EBAD\n    worse\n    Error: bad\n        at f (/f.js:1:1)\n    TEXT:\n      a\n      b\n',
    );
  });

  it('shows bytes as such', () => {
    expect(
      format(textFormat(false), [
        ['MESSAGE', 'm'],
        ['A', Buffer.of(0, 255)],
        ['B', Buffer.alloc(100)],
      ]),
    ).toBe(`TIME WARNING   m A=<2 bytes: 00ff> B=<100 bytes: ${'00'.repeat(32)}…>\n`);
  });

  it.each(['\r', '\u001b[2J', '\b\b\b', '\u0085', '\u009b1m', '\u2028', '\u0000', '\u007f'])(
    'lets no control character through: %j',
    (control) => {
      const text = format(textFormat(false), [
        ['MESSAGE', `a${control}b`],
        ['A', `a${control}b`],
        ['B', `a${control}\n`],
      ]);
      expect(text).not.toContain(control);
      expect(text).toMatch(/^TIME WARNING {3}a\\[xu]/);
    },
  );

  it('cannot be made to hold a forged line', () => {
    const forged = `x\n${new Date().toISOString()} ERROR forged`;
    const text = format(textFormat(false), [
      ['MESSAGE', forged],
      ['A', forged],
    ]);
    expect(
      text
        .trimEnd()
        .split('\n')
        .slice(1)
        .every((line) => line.startsWith('    ')),
    ).toBe(true);
  });

  it('is coloured by level on a terminal', () => {
    expect(format(textFormat(true), [['MESSAGE', 'm']])).toBe('TIME \u001b[33mWARNING  \u001b[0m m\n');
    expect(textFormat(true)(6, list([]).fields)).not.toContain('\u001b');
  });
});

describe('JSON', () => {
  it('is an object a line', () => {
    const text = format(jsonFormat, [
      ['MESSAGE', 'a\nb'],
      ['A', '1'],
      ['A', '2'],
      ['A', '3'],
      ['B', Buffer.of(1, 2)],
      ['MESSAGE', 'x'],
    ]);
    expect(text.match(/\n/g)).toHaveLength(1);
    const { time, ...rest } = JSON.parse(text);
    expect(time).toMatch(TIME);
    expect(rest).toEqual({
      level: 'warning',
      message: 'a\nb',
      SYSLOG_IDENTIFIER: 'app',
      A: ['1', '2', '3'],
      B: [1, 2],
      MESSAGE: 'x',
    });
  });

  it.each(['\u007f', '\u0080', '\u009b2J', '\u009f', '\u2028', '\u001b'])(
    'holds no control character, and says which one it was: %j',
    (control) => {
      const text = format(jsonFormat, [
        ['MESSAGE', control],
        ['A', `a${control}b`],
      ]);
      expect(text).not.toContain(control[0]);
      expect(JSON.parse(text)).toMatchObject({ message: control, A: `a${control}b` });
    },
  );

  it('is that also with a changed Object.prototype', () => {
    Reflect.defineProperty(Object.prototype, 'toJSON', { value: () => 'nothing', configurable: true });
    try {
      expect(format(jsonFormat, [['MESSAGE', 'm']])).toMatch(/"level":"warning","message":"m"/);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'toJSON');
    }
  });

  it('keeps apart a list and bytes', () => {
    expect(
      JSON.parse(
        format(jsonFormat, [
          ['MESSAGE', 'm'],
          ['A', Buffer.of(1)],
          ['A', Buffer.of(2)],
        ]),
      ).A,
    ).toEqual([[1], [2]]);
  });
});

describe('a logger that is not connected', () => {
  const collect = () => {
    const stream = new PassThrough();
    const log = journal({ fallback: stream, connect: 'never', identifier: 'app' });
    return { log, stream, text: () => String(stream.read() ?? '') };
  };

  it('writes text to a stream', async () => {
    const { log, text } = collect();
    expect(log.connected).toBe(false);
    log.info('hello', { a: 1 });
    log.child({ b: 2 }).error(new Error('bad'));
    await log.flush();
    await log.close();
    expect(log.flushSync()).toBe(true);
    const lines = text().split('\n');
    expect(lines[0]).toMatch(/Z INFO {6}hello A=1$/);
    expect(lines[1]).toMatch(/Z ERROR {5}bad B=2$/);
    expect(lines[2]).toBe('    Error: bad');
  });

  it('counts what a stream that has ended, fails or is full does not take', () => {
    const { log, stream } = collect();
    stream.end();
    log.info('m');
    expect(log.dropped).toBe(1);
    const failing = {
      write: () => {
        throw new Error('no');
      },
    } as unknown as Writable;
    const failed = journal({ fallback: failing, connect: 'never' });
    failed.info('m');
    expect(failed.dropped).toBe(1);
    const stalled = new Writable({ write: () => undefined });
    const full = journal({ fallback: stalled, connect: 'never', maxQueued: 1000 });
    for (let index = 0; index < 100; index += 1) full.info('x'.repeat(100));
    expect(full.dropped).toBeGreaterThan(80);
    expect(full.flushSync()).toBe(false);
  });

  it('never throws, whatever it is given', () => {
    const { log, text } = collect();
    const evil = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no');
        },
      },
    ) as Fields;
    log.info('m', evil);
    log.info(Symbol('s') as never, { a: 10n, b: new Uint8Array(2), c: [1, [2]] });
    expect(text()).toContain('Symbol(s) A=10 B=<2 bytes: 0000> C=1 C=[2]');
  });

  it("writes nothing with fallback: 'off'", () => {
    const log = journal({ fallback: 'off', connect: 'never' });
    log.emergency('m');
    expect([log.dropped, log.flushSync()]).toEqual([0, true]);
  });
});

const PROGRAM = `
import { journal } from '${new URL('../../dist/index.js', import.meta.url).href}';
const log = journal(JSON.parse(process.argv[1]));
log.warning('hello', { a: 1 });
`;

function run(
  options: object,
  stdio: 'pipe' | 'ignore' = 'pipe',
  shell = 'exec "$@"',
): { stderr: string; status: number | null } {
  const node = [process.execPath, '--input-type=module', '-e', PROGRAM, JSON.stringify(options)];
  return spawnSync('/bin/sh', ['-c', shell, 'sh', ...node], { encoding: 'utf8', stdio: ['ignore', 'ignore', stdio] });
}

describe('stderr', () => {
  it('gets a line without colours when it is no terminal', () => {
    expect(run({}).stderr).toMatch(/^\S+Z WARNING {3}hello A=1\n$/);
    expect(JSON.parse(run({ fallback: 'json' }).stderr)).toMatchObject({ level: 'warning', message: 'hello', A: '1' });
    expect(run({ fallback: 'off' }).stderr).toBe('');
  });

  it('that is closed, or that has no reader, does not end the program', () => {
    expect(run({}, 'pipe', 'exec 2>&-; exec "$@"').status).toBe(0);
    expect(run({}, 'pipe', '{ "$@" 2>&1 >/dev/null; echo $? >&3; } 3>&2 2>/dev/null | true').stderr.trim()).toBe('0');
  });
});
