// journalctl finds errors and requests in the journal, with any logger. The programs use the built package and the loggers
// that are installed for the tests.
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { packageRoot } from './boot.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { installService } from './service.ts';

const root = packageRoot();
const LOGGERS = ['pino', 'pino-previous', 'winston', 'winston-previous'];
const ONCE = 'Type=oneshot\nLogRateLimitIntervalSec=0';

/** Statements that make `log`, and the level names that differ. */
const PROGRAMS: readonly (readonly [title: string, script: string])[] = [
  ['readyd', 'const log = readyd.journal();'],
  ...['pino', 'pino-previous'].flatMap((name): [string, string][] => [
    [
      name,
      `import { pino } from '${name}'; import { pinoJournal } from 'readyd/pino'; const log = pino(pinoJournal());`,
    ],
    [
      `${name} in a worker`,
      `import { pino } from '${name}'; const log = pino(pino.transport({ target: 'readyd/pino' }));`,
    ],
  ]),
  [
    'winston',
    `import winston from 'winston';
     import { JournalTransport } from 'readyd/winston';
     const logger = winston.createLogger({ transports: [new JournalTransport()] });
     const log = { info: (fields, text) => logger.info(text, fields), error: (fields, text) => logger.error(text, fields) };`,
  ],
  [
    'winston-previous',
    `import winston from 'winston-previous';
     import { JournalTransport } from 'readyd/winston';
     const logger = new winston.Logger({ transports: [new JournalTransport()] });
     const log = { info: (fields, text) => logger.info(text, fields), error: (fields, text) => logger.error(text, fields) };`,
  ],
].map(([title = '', script = '']) => [title, script] as const);

/** readyd takes the message first, as winston does, pino the fields. */
const swap = (title: string) =>
  title === 'readyd'
    ? 'const write = (level, fields, text) => log[level](text, fields);'
    : 'const write = (level, fields, text) => log[level](fields, text);';

describeOnSystemd(['host', 'trixie'], 'the adapters', (machine) => {
  beforeAll(async () => {
    await machine().exec('mkdir', ['-p', '/srv/node_modules'], { check: true });
    const links = [
      [root, 'readyd'] as const,
      ...LOGGERS.map((name) => [`${root}/node_modules/${name}`, name] as const),
    ];
    for (const [from, name] of links)
      await machine().exec('ln', ['-s', from, `/srv/node_modules/${name}`], { check: true });
  });

  test('journalctl -p err shows the errors of all, and journalctl REQUEST_ID=… an entry of each', async () => {
    for (const [index, [title, script]] of PROGRAMS.entries()) {
      const unit = await installService(machine(), {
        name: `alike-${index}`,
        service: ONCE,
        script: `
          ${script}
          ${swap(title)}
          write('info', { requestId: 'alike', user: { id: 7 }, by: ${JSON.stringify(title)} }, 'request');
          const err = Object.assign(new TypeError('no database'), { code: 'E_DB' });
          write('error', { err, by: ${JSON.stringify(title)} }, 'failed');`,
      });
      await machine().start(unit);
    }
    const titles = PROGRAMS.map(([title]) => title);
    const requests = await machine().journal('REQUEST_ID=alike');
    expect(requests.map(({ BY }) => BY)).toEqual(titles);
    for (const [index, entry] of requests.entries()) {
      expect(entry).toMatchObject({
        MESSAGE: 'request',
        PRIORITY: '6',
        USER: '{"id":7}',
        SYSLOG_IDENTIFIER: `alike-${index}`,
        _TRANSPORT: 'journal',
      });
    }
    const errors = await machine().journal('-p', 'err', 'ERROR_CODE=E_DB');
    expect(errors.map(({ BY }) => BY)).toEqual(titles);
    for (const entry of errors) {
      expect(entry).toMatchObject({ PRIORITY: '3', ERR: 'TypeError: no database', ERROR_NAME: 'TypeError' });
      expect(entry.MESSAGE).toMatch(/^failed/);
      expect(entry.ERROR_STACK).toMatch(/^TypeError: no database\n {4}at /);
      expect(entry.CODE_FILE).toMatch(/^\/srv\/alike-\d\.mjs$/);
    }
    expect(await machine().journal('-p', 'err', 'REQUEST_ID=alike')).toEqual([]);
  });

  test.each([
    ['process.exit', 'process.exit(0);', false],
    ['the end', '', false],
    ['an exception', `throw new Error('boom');`, true],
    ['process.exit in the next turn', 'setImmediate(() => process.exit(0));', false],
  ])('2000 entries and then %s: all of them arrive in order, and the last one, too', async (_, end, fails) => {
    for (const [title, script] of PROGRAMS) {
      const run = randomUUID();
      const unit = await installService(machine(), {
        name: 'exits',
        service: ONCE,
        script: `
          ${script}
          ${swap(title)}
          const run = ${JSON.stringify(run)};
          for (let n = 0; n < 2000; n += 1) write('info', { n, run }, 'entry');
          write('error', { last: true, run }, 'last');
          ${end}`,
      });
      const start = machine().start(unit);
      await (fails ? expect(start, title).rejects.toThrow() : start);
      const entries = await machine().journal(`RUN=${run}`, '--output-fields=N,LAST,PRIORITY');
      expect.soft(entries.length, title).toBe(2001);
      expect.soft(entries.slice(0, 2000).map(({ N }) => N)).toEqual(Array.from({ length: 2000 }, (_, n) => String(n)));
      expect.soft(entries.at(-1), title).toMatchObject({ LAST: 'true', PRIORITY: '3' });
      await machine().systemctl('reset-failed');
    }
  });

  test('not connected, the entries go to stderr as text', async () => {
    for (const [title, script] of PROGRAMS) {
      await machine().write(
        '/srv/text.mjs',
        `import * as readyd from 'readyd';\n${script}\n${swap(title)}\nwrite('error', { requestId: 'r' }, 'hello');`,
      );
      const { stderr } = await machine().exec(process.execPath, ['/srv/text.mjs'], { check: true });
      expect(stderr, title).toMatch(/ ERROR +hello REQUEST_ID=r\n$/);
    }
  });
});
