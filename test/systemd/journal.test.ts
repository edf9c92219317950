// The entries of a daemon, as journalctl shows them. The daemon uses the built package.
import { serialize } from 'node:v8';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyFields, anyText, mapped } from '../journal/any-fields.ts';
import type { JournalRecord, Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { installService, STAY } from './service.ts';

const LOG = `const log = readyd.journal();`;

/**
 * Runs the script as a unit to its end, and returns what it logged. By the program's name: a journald that reads an entry
 * when the process is gone cannot tell the unit.
 */
async function logged(machine: Machine, name: string, script: string, service = ''): Promise<JournalRecord[]> {
  await machine.start(await installService(machine, { name, script, service: `Type=oneshot\n${service}` }));
  return machine.journal(`--identifier=${name}`, '_TRANSPORT=journal');
}

/** A field as journalctl shows it, in bytes: text, bytes as numbers, or several of these. */
function shown(value: JournalRecord[string] | undefined): Buffer[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return [Buffer.from(value)];
  return typeof value[0] === 'number' ? [Buffer.from(value as number[])] : value.flatMap((one) => shown(one as string));
}

/** Sorted, each once: journald may keep one of several equal values, and the order of the others is its own. */
function distinct(values: readonly Buffer[]): string[] {
  return [...new Set(values.map((value) => value.toString('hex')))].toSorted();
}

describeOnSystemd(['host', 'trixie', 'sid'], 'journal', (machine) => {
  test('an entry has its fields, its priority, and the unit it came from', async () => {
    const unit = await installService(machine(), {
      name: 'fields',
      script: `const log = readyd.journal({ identifier: 'app' });
        log.warning('request served', { requestId: '7f3c', durationMs: 12, messageId: 'fc2e22bc6ee647b6b90729ab34a250b1', tags: ['a', 'b'] });
        console.log(readyd.journalConnected(), log.connected);
        await readyd.ready(); ${STAY}`,
    });
    await machine().start(unit);
    const entries = await machine().journal('REQUEST_ID=7f3c');
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({
      MESSAGE: 'request served',
      PRIORITY: '4',
      SYSLOG_IDENTIFIER: 'app',
      DURATION_MS: '12',
      MESSAGE_ID: 'fc2e22bc6ee647b6b90729ab34a250b1',
      TAGS: ['a', 'b'],
      _SYSTEMD_UNIT: unit,
      _TRANSPORT: 'journal',
    });
    const [said] = await machine().journal(`_SYSTEMD_UNIT=${unit}`, '_TRANSPORT=stdout');
    expect(said?.MESSAGE).toBe('stderr true');
    await machine().stop(unit);
  });

  test('an error can be found by what it is and where it was thrown', async () => {
    const script = `${LOG}
      function connect() { throw Object.assign(new TypeError('no route', { cause: new Error('cable cut') }), { code: 'EHOSTUNREACH', errno: -113, syscall: 'connect' }); }
      try { connect(); } catch (error) { log.error(error); }`;
    await logged(machine(), 'error', script);
    const [entry] = await machine().journal('--priority=err', 'ERROR_CODE=EHOSTUNREACH');
    expect(entry).toMatchObject({
      MESSAGE: 'no route',
      PRIORITY: '3',
      ERROR_NAME: 'TypeError',
      ERRNO: '113',
      SYSCALL: 'connect',
      CODE_FILE: '/srv/error.mjs',
      CODE_FUNC: 'connect',
      CODE_LINE: '3',
    });
    expect(entry?.ERROR_STACK).toMatch(/^TypeError: no route\n {4}at connect .*\nCaused by: Error: cable cut\n/s);
  });

  test('values with several lines, bytes and five megabytes arrive exactly', async () => {
    const script = `${LOG}
      log.info('\\ntwo\\nlines\\n', { bytes: Buffer.from([0, 10, 255, 61]), nul: 'a\\0b', large: 'ä'.repeat(2_500_000) });`;
    const [entry] = await logged(machine(), 'exact', script);
    expect(entry).toMatchObject({ MESSAGE: '\ntwo\nlines\n', BYTES: [0, 10, 255, 61], NUL: [97, 0, 98] });
    expect(entry?.LARGE === 'ä'.repeat(2_500_000)).toBe(true);
  });

  test('a thousand entries of any fields arrive as the mapping says', async () => {
    const all = fc.sample(fc.tuple(anyText, anyFields), 1000);
    await machine().write('/srv/any.v8', serialize(all).toString('base64'));
    const script = `${LOG}
      const { readFileSync } = await import('node:fs');
      const { deserialize } = await import('node:v8');
      const all = deserialize(Buffer.from(readFileSync('/srv/any.v8', 'latin1'), 'base64'));
      for (const [message, pairs] of all) log.info(message, Object.fromEntries(pairs));
      await log.flush();`;
    const entries = await logged(machine(), 'any', script);
    expect(entries).toHaveLength(1000);
    for (const [index, [message, pairs]] of all.entries()) {
      const wanted = new Map<string, Buffer[]>([
        ['MESSAGE', [Buffer.from(message)]],
        ['PRIORITY', [Buffer.from('6')]],
      ]);
      for (const [name, bytes] of mapped(pairs)) wanted.set(name, [...(wanted.get(name) ?? []), bytes]);
      // journald adds fields that begin with `_`, and SYSLOG_IDENTIFIER is in each entry.
      const found = Object.entries(entries[index] ?? {}).filter(([name]) => !/^_|^SYSLOG_IDENTIFIER$/.test(name));
      expect(Object.fromEntries(found.map(([name, value]) => [name, distinct(shown(value))]))).toEqual(
        Object.fromEntries([...wanted].map(([name, values]) => [name, distinct(values)])),
      );
    }
  });

  test('no value becomes a field or an entry', async () => {
    const forged = JSON.stringify('x\nPRIORITY=0\nMESSAGE=forged\n\nMESSAGE=forged');
    const script = `${LOG} log.info(${forged}, { a: ${forged}, ['b=1\\nMESSAGE']: 'x', o: { c: ${forged} } });`;
    const entries = await logged(machine(), 'forged', script);
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({
      MESSAGE: JSON.parse(forged),
      PRIORITY: '6',
      A: JSON.parse(forged),
      B_1_MESSAGE: 'x',
    });
    expect(await machine().journal('MESSAGE=forged')).toEqual([]);
  });

  test('fields with names of the journal’s arrive under other names, and change nothing', async () => {
    const script = `${LOG}
      log.info('mine', { PRIORITY: 0, MESSAGE: 'yours', SYSLOG_IDENTIFIER: 'other', _PID: 1, _UID: 4711,
        _SYSTEMD_UNIT: 'other.service', __CURSOR: 'c', _TRANSPORT: 'kernel' });`;
    const [entry, ...more] = await logged(machine(), 'own', script);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ PRIORITY: '6', MESSAGE: 'mine', SYSLOG_IDENTIFIER: 'own' });
    expect(entry).toMatchObject({ FIELD_PRIORITY: '0', FIELD_MESSAGE: 'yours', FIELD_SYSLOG_IDENTIFIER: 'other' });
    expect(entry).toMatchObject({ PID: '1', UID: '4711', SYSTEMD_UNIT: 'other.service', CURSOR: 'c', _UID: '0' });
    expect(entry).toMatchObject({ TRANSPORT: 'kernel', _TRANSPORT: 'journal' });
    expect(entry?._PID).not.toBe('1');
    expect(entry?.__CURSOR).not.toBe('c');
  });

  test('values that fight back cost their field alone', async () => {
    const script = `${LOG}
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      const { runInNewContext } = await import('node:vm');
      Object.prototype.polluted = 'yes';
      log.info('hostile', {
        proxy,
        get thrown() { throw new Error('no way'); },
        get logs() { log.info('inner'); return 'outer'; },
        json: { toJSON() { throw new Error('no JSON'); } },
        never: { toJSON() { return this; } },
        elsewhere: runInNewContext('new Map([["a", new Date(0)]])'),
        bad: new Date(NaN),
        [Symbol('hidden')]: 1,
        sparse: new Array(4294967295),
        fine: 1,
      });
      log.info('map', new Map([['a', 1]]));
      log.log('loud', 'level');
      log.error(runInNewContext('new RangeError("elsewhere")'));`;
    const [inner, hostile, map, level, error] = await logged(machine(), 'hostile', script);
    expect(inner).toMatchObject({ MESSAGE: 'inner' });
    expect(hostile).toMatchObject({
      MESSAGE: 'hostile',
      PROXY: expect.stringMatching(/^\[unreadable: .*revoked\]$/),
      THROWN: '[unreadable: no way]',
      LOGS: 'outer',
      JSON: '"[unreadable: no JSON]"',
      NEVER: '"[Circular]"',
      ELSEWHERE: '{"a":"1970-01-01T00:00:00.000Z"}',
      BAD: 'Invalid Date',
      FINE: '1',
      READYD_NOTE: expect.stringContaining('SPARSE has 4294967295 items'),
    });
    for (const name of ['POLLUTED', 'HIDDEN', 'SPARSE']) expect(hostile).not.toHaveProperty(name);
    expect(map).toMatchObject({ MESSAGE: 'map', FIELD: '{"a":1}' });
    expect(level).toMatchObject({ MESSAGE: 'level', PRIORITY: '6', READYD_NOTE: 'unknown level loud' });
    expect(error).toMatchObject({ MESSAGE: 'elsewhere', PRIORITY: '3', ERROR_NAME: 'RangeError' });
  });

  test('1500 fields and 100 megabytes are stored, with what did not fit told of', async () => {
    const script = `${LOG}
      log.info('many', Object.fromEntries(Array.from({ length: 1500 }, (_, index) => ['field' + index, index])));
      log.info('huge', { data: Buffer.alloc(100_000_000, 'x') });`;
    const entries = await logged(machine(), 'large', `${script} await log.flush();`);
    expect(entries.map(({ MESSAGE }) => MESSAGE)).toEqual(['many', 'huge']);
    expect(entries[0]).toMatchObject({
      FIELD0: '0',
      FIELD1000: '1000',
      READYD_NOTE: expect.stringContaining('READYD_FOLDED'),
    });
    expect(JSON.parse(String(entries[0]?.READYD_FOLDED)).at(-1)).toEqual(['FIELD1499', '1499']);
  });

  test('without root, what journald would refuse is cut', async () => {
    const script = `${LOG} log.info('cut', { data: 'x'.repeat(40_000_000) }); await log.flush();`;
    const [entry] = await logged(machine(), 'cut', script, 'DynamicUser=yes');
    expect(entry).toMatchObject({ MESSAGE: 'cut', READYD_NOTE: expect.stringMatching(/^cut by /) });
  });

  test('sendEntry() writes exactly what it is given', async () => {
    const script = `
      console.log(await readyd.sendEntry([['MESSAGE', 'exact'], ['A', 'x\\ny'], ['A', Buffer.of(255)]]));`;
    await logged(machine(), 'entry', script);
    const [entry] = await machine().journal('MESSAGE=exact');
    expect(entry).toMatchObject({ MESSAGE: 'exact', A: ['x\ny', [255]] });
    expect(entry).not.toHaveProperty('PRIORITY');
    const [said] = await machine().journal('_SYSTEMD_UNIT=entry.service', '_TRANSPORT=stdout');
    expect(said?.MESSAGE).toBe('true');
  });

  test('the last entry before process.exit() arrives, and that before an exception', async () => {
    const all = `for (let i = 0; i < 5000; i += 1) log.info(String(i));`;
    const numbers = Array.from({ length: 5000 }, (_, index) => `${index}`);
    const exit = await logged(machine(), 'exit-journal', `${LOG} ${all} process.exit(0);`);
    expect(exit.map(({ MESSAGE }) => MESSAGE)).toEqual(numbers);
    const thrown = await logged(
      machine(),
      'throw',
      `${LOG} ${all} throw new Error('uncaught');`,
      'SuccessExitStatus=1',
    );
    expect(thrown.map(({ MESSAGE }) => MESSAGE)).toEqual(numbers);
    const said = await machine().journal('_SYSTEMD_UNIT=throw.service', '_TRANSPORT=stdout');
    expect(said.map(({ MESSAGE }) => MESSAGE)).toContain('Error: uncaught');
  });

  test('entries wait while journald is stopped, and come in order when it goes on', async () => {
    const unit = await installService(machine(), {
      name: 'stopped',
      service: 'Type=exec',
      script: `${LOG}
        let i = 0;
        const timer = setInterval(() => {
          for (let n = 0; n < 100; n += 1) log.info(String(i++));
          if (i < 10_000) return;
          clearInterval(timer);
          log.flush().then(() => log.info('done'));
        }, 5); ${STAY}`,
    });
    await machine().exec('systemctl', ['kill', '--signal=STOP', 'systemd-journald.service'], { check: true });
    const start = machine().start(unit);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await machine().exec('systemctl', ['kill', '--signal=CONT', 'systemd-journald.service'], { check: true });
    await start;
    const read = () => machine().journal('--identifier=stopped', '_TRANSPORT=journal');
    const entries = await machine().waitFor(async () => {
      const found = await read();
      return found.at(-1)?.MESSAGE === 'done' ? found : undefined;
    });
    expect(entries.map(({ MESSAGE }) => MESSAGE)).toEqual([
      ...Array.from({ length: 10_000 }, (_, n) => `${n}`),
      'done',
    ]);
    await machine().stop(unit);
  });

  test('entries survive journald being restarted three times', async () => {
    const unit = await installService(machine(), {
      name: 'restarted',
      service: 'Type=exec',
      script: `${LOG} let i = 0; setInterval(() => { if (i < 400) log.info(String(i++)); }, 10);`,
    });
    await machine().start(unit);
    for (let round = 0; round < 3; round += 1) {
      await machine().systemctl('restart', 'systemd-journald.service');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const entries = await machine().waitFor(async () => {
      const found = await machine().journal('--identifier=restarted', '_TRANSPORT=journal');
      return found.length >= 400 ? found : undefined;
    });
    expect(entries.map(({ MESSAGE }) => MESSAGE)).toEqual(Array.from({ length: 400 }, (_, n) => `${n}`));
    await machine().stop(unit);
  });

  test.each([
    ['is out of reach', 'InaccessiblePaths=/run/systemd/journal/socket', ''],
    ['is not there', 'TemporaryFileSystem=/run/systemd/journal', ''],
    ['is not wanted', '', `{ connect: 'never' }`],
  ])('where the socket %s, each line on stderr has its priority', async (why, service, options) => {
    const unit = await installService(machine(), {
      name: `prefix-${why.replaceAll(' ', '-')}`,
      service: `Type=oneshot\n${service}`,
      script: `const log = readyd.journal(${options});
        log.error('bad\\nworse', { a: 1 }); log.debug('no'); log.info('good'); console.log(log.connected);`,
    });
    await machine().start(unit);
    const entries = await machine().journal(`_SYSTEMD_UNIT=${unit}`, '_TRANSPORT=stdout');
    const shown = entries.map(({ MESSAGE, PRIORITY }) => [PRIORITY, MESSAGE]);
    expect(shown.filter(([, message]) => message !== 'false')).toEqual([
      ['3', 'bad A=1'],
      ['3', '    worse'],
      ['6', 'good'],
    ]);
    expect(shown).toHaveLength(4);
  });

  test.each([
    ['text', '{}'],
    ['json', `{ fallback: 'json' }`],
    ['stream', '{ fallback: process.stderr }'],
  ])('a message that journald would cut before a second priority has that of the call: %s', async (name, options) => {
    const unit = await installService(machine(), {
      name: `forged-${name}`,
      service: 'Type=oneshot\nInaccessiblePaths=/run/systemd/journal/socket',
      script: `const log = readyd.journal(${options});
        for (let length = 48 * 1024 - 120; length <= 48 * 1024; length += 1) {
          log.info('x'.repeat(length) + '<0>FORGED');
          if (length % 16 === 0) await log.flush();
        }`,
    });
    await machine().start(unit);
    const entries = await machine().journal(`_SYSTEMD_UNIT=${unit}`, '_TRANSPORT=stdout');
    expect(entries.length).toBeGreaterThan(120);
    expect(entries.filter(({ PRIORITY }) => PRIORITY !== '6')).toEqual([]);
  });
});
