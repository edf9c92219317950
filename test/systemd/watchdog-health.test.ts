// Health and diagnosis against a real manager, as a user sees them with systemctl and journalctl.
import { expect, test } from 'vitest';
import type { JournalRecord, Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { installService, STAY } from './service.ts';

const LOG = `const log = readyd.journal();`;
/** A check that SIGUSR1 makes unhealthy and SIGUSR2 heals. */
const CHECK = `
  let work = () => true;
  process.on('SIGUSR1', () => { work = BAD; });
  process.on('SIGUSR2', () => { work = () => true; });`;

/** Also by the program's name: if a process is killed right after an entry, journald may be too late to find its unit. */
async function entries(machine: Machine, unit: string, text: string): Promise<JournalRecord[]> {
  const own = `SYSLOG_IDENTIFIER=${unit.replace('.service', '')}`;
  const all = await machine.journal(`_SYSTEMD_UNIT=${unit}`, '+', `UNIT=${unit}`, '+', own);
  return all.filter(({ MESSAGE }) => typeof MESSAGE === 'string' && MESSAGE.includes(text));
}

const time = (record: JournalRecord | undefined): number => Number(record?.__MONOTONIC_TIMESTAMP);

/** The `n`-th line of a program; installService() puts one line before it. */
const lineOf = (script: string, text: string): string =>
  String(script.split('\n').findIndex((line) => line.includes(text)) + 2);

describeOnSystemd(['host', 'trixie', 'sid'], 'the watchdog’s health', (machine) => {
  test('a function that loops forever: the journal names it, its file and line before the kill', async () => {
    const script = `
      function spinForever() {
        for (;;);
      }
      readyd.watchdog({ diagnose: true });
      await readyd.ready('working');
      setTimeout(spinForever, 700);`;
    const unit = await installService(machine(), {
      name: 'spins',
      // Long enough for the commands that look at it, on a slow machine, too.
      service: 'WatchdogSec=8\nTimeoutAbortSec=2',
      script,
    });
    await machine().start(unit);
    const pid = await machine().show(unit, 'MainPID');
    await machine().waitForProperty(unit, 'StatusText', /^event loop blocked/);
    expect(await machine().show(unit, 'ActiveState')).toBe('active');
    expect(await machine().show(unit, 'MainPID')).toBe(pid);
    await machine().waitForProperty(unit, 'ActiveState', 'failed');
    expect(await machine().show(unit, 'Result')).toBe('watchdog');
    expect(await machine().show(unit, 'StatusText')).toMatch(
      /^event loop blocked for [45]\.\d s in spinForever \(\/srv\/spins\.mjs:\d\)$/,
    );
    const [found] = await entries(machine(), unit, 'the event loop has been blocked');
    expect(found).toMatchObject({
      PRIORITY: '3',
      SYSLOG_IDENTIFIER: 'spins',
      CODE_FILE: '/srv/spins.mjs',
      CODE_LINE: lineOf(script, 'for (;;)'),
      CODE_FUNC: 'spinForever',
      MESSAGE_ID: expect.stringMatching(/^[0-9a-f]{32}$/),
      BLOCKED_USEC: expect.stringMatching(/^[45]\d{6}$/),
    });
    expect(found?.STACK).toMatch(/^ {4}at spinForever \(\/srv\/spins\.mjs:\d:\d+\)\n {4}at .*node:internal\/timers/);
    const [killed] = await entries(machine(), unit, 'Watchdog timeout');
    expect(time(found)).toBeLessThan(time(killed));
    // Node's inspector prints nothing on stderr.
    expect(await entries(machine(), unit, 'ebugger')).toEqual([]);
  });

  test('a loop in the very tick of ready() is found', async () => {
    const unit = await installService(machine(), {
      name: 'never-turns',
      service: 'WatchdogSec=2\nTimeoutAbortSec=1',
      script: `
        readyd.watchdog({ diagnose: true });
        void readyd.ready('working');
        (function spinAtOnce() { for (;;); })();`,
    });
    await machine().start(unit);
    await machine().waitForProperty(unit, 'StatusText', /^event loop blocked for \S+ s in spinAtOnce /);
    await machine().waitForProperty(unit, 'Result', 'watchdog');
    const [found] = await entries(machine(), unit, 'the event loop has been blocked');
    expect(found).toMatchObject({ PRIORITY: '3', CODE_FUNC: 'spinAtOnce' });
  });

  test('a check that hangs: the journal and STATUS name it, and the manager ends the service', async () => {
    const unit = await installService(machine(), {
      name: 'hangs',
      service: 'WatchdogSec=2\nTimeoutAbortSec=1',
      script: `
        ${LOG} ${CHECK.replace('BAD', '() => new Promise(() => undefined)')}
        readyd.watchdog({ checks: { database: () => work(), cache: () => true }, log });
        await readyd.ready('working');
        ${STAY}`,
    });
    await machine().start(unit);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await machine().show(unit, 'StatusText')).toBe('working');
    await machine().systemctl('kill', '-s', 'USR1', unit);
    await machine().waitForProperty(unit, 'ActiveState', 'failed');
    expect(await machine().show(unit, 'Result')).toBe('watchdog');
    expect(await machine().show(unit, 'StatusText')).toMatch(/^unhealthy: database: no answer within \d+ ms$/);
    const [found] = await entries(machine(), unit, 'the check');
    expect(found).toMatchObject({ PRIORITY: '3', CHECK: 'database' });
    expect(found?.MESSAGE).toMatch(/^the check 'database' is unhealthy: no answer within \d+ ms$/);
    const [killed] = await entries(machine(), unit, 'Watchdog timeout');
    expect(time(found)).toBeLessThan(time(killed));
  });

  test('with trigger, the service is ended and restarted at once', async () => {
    const unit = await installService(machine(), {
      name: 'triggers',
      service: 'WatchdogSec=8\nTimeoutAbortSec=1\nRestart=on-watchdog\nRestartSec=100ms',
      script: `
        ${LOG} ${CHECK.replace('BAD', "() => { throw new Error('connection refused'); }")}
        const dog = readyd.watchdog({ checks: { database: () => work() }, onUnhealthy: 'trigger', log });
        await readyd.ready('working');
        await dog.setTimeout(1000);
        ${STAY}`,
    });
    await machine().start(unit);
    const pid = await machine().show(unit, 'MainPID');
    await machine().systemctl('kill', '-s', 'USR1', unit);
    await machine().waitForProperty(unit, 'NRestarts', '1');
    await machine().waitForProperty(unit, 'StatusText', 'working');
    expect(await machine().show(unit, 'MainPID')).not.toBe(pid);
    expect(await entries(machine(), unit, "the check 'database' is unhealthy: connection refused")).toHaveLength(1);
    expect(await entries(machine(), unit, 'unhealthy: database: connection refused')).not.toHaveLength(0);
    await machine().stop(unit);
  });

  test('a check that heals in time: pings resume, and the service lives', async () => {
    const unit = await installService(machine(), {
      name: 'heals',
      service: 'WatchdogSec=2',
      script: `
        ${LOG} ${CHECK.replace('BAD', '() => false')}
        readyd.watchdog({ checks: { database: () => work() }, log });
        await readyd.ready('working');
        ${STAY}`,
    });
    await machine().start(unit);
    const pid = await machine().show(unit, 'MainPID');
    await machine().systemctl('kill', '-s', 'USR1', unit);
    await machine().waitForProperty(unit, 'StatusText', 'unhealthy: database: answered false');
    await machine().systemctl('kill', '-s', 'USR2', unit);
    await machine().waitForProperty(unit, 'StatusText', 'healthy again: database');
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(await machine().show(unit, 'MainPID')).toBe(pid);
    expect(await machine().show(unit, 'NRestarts')).toBe('0');
    expect(await entries(machine(), unit, "the check 'database' is healthy again")).toHaveLength(1);
    await machine().stop(unit);
  });

  test('a service() whose status changes all the time: the reason stays until it heals, and is the last word', async () => {
    const unit = await installService(machine(), {
      name: 'live-status',
      service: 'WatchdogSec=12\nTimeoutAbortSec=1',
      script: `
        ${CHECK.replace('BAD', "() => { throw new Error('connection refused'); }")}
        let count = 0;
        await readyd.service({
          watchdog: { checks: { database: () => work() } },
          start: () => { ${STAY} },
          status: () => 'count ' + count++,
          statusInterval: 20,
        });`,
    });
    const reason = 'unhealthy: database: connection refused';
    // In one process of the machine: the service lives for six seconds after the reason is shown.
    const looks = `for look in 1 2 3 4 5 6 7 8 9 10; do systemctl show --property=StatusText --value ${unit}; done`;
    const seen = async (): Promise<Set<string>> => {
      const { stdout } = await machine().exec('sh', ['-c', looks], { check: true });
      return new Set(stdout.trim().split('\n'));
    };
    await machine().start(unit);
    await machine().systemctl('kill', '-s', 'USR1', unit);
    await machine().waitForProperty(unit, 'StatusText', reason);
    expect(await seen()).toEqual(new Set([reason]));
    await machine().systemctl('kill', '-s', 'USR2', unit);
    await machine().waitForProperty(unit, 'StatusText', /^count \d+$/);
    await machine().systemctl('kill', '-s', 'USR1', unit);
    await machine().waitForProperty(unit, 'ActiveState', 'failed');
    expect(await machine().show(unit, 'Result')).toBe('watchdog');
    expect(await machine().show(unit, 'StatusText')).toBe(reason);
  });

  test('slow checks do not get a service killed while it starts, nor later', async () => {
    const unit = await installService(machine(), {
      name: 'slow-checks',
      service: 'WatchdogSec=1',
      script: `
        const slow = () => new Promise((resolve) => setTimeout(resolve, 200));
        readyd.watchdog({ checks: { slow } });
        await readyd.ready('working');
        ${STAY}`,
    });
    await machine().start(unit);
    const pid = await machine().show(unit, 'MainPID');
    await new Promise((resolve) => setTimeout(resolve, 3500));
    expect(await machine().show(unit, 'MainPID')).toBe(pid);
    expect(await machine().show(unit, 'StatusText')).toBe('working');
    await machine().stop(unit);
  });

  test('a debugger holds the service at a breakpoint for longer than the watchdog waits', async () => {
    const unit = await installService(machine(), {
      name: 'debugged',
      service: 'WatchdogSec=1\nNotifyAccess=main',
      script: `
        import inspector from 'node:inspector';
        import { Worker } from 'node:worker_threads';
        ${LOG}
        readyd.watchdog({ diagnose: true, log });
        await readyd.ready('working');
        inspector.open(0, '127.0.0.1');
        await new Promise((resolve) => setTimeout(resolve, 1500));
        // A debugger pauses the program, and resumes it after three seconds.
        const debug = \`
          const { Session } = require('node:inspector');
          const session = new Session();
          session.connectToMainThread();
          session.post('Debugger.enable');
          session.post('Debugger.pause');
          session.on('Debugger.paused', () => setTimeout(() => {
            session.post('Debugger.resume');
            session.disconnect();
            process.exit();
          }, 3000));
          setInterval(() => undefined, 1000);\`;
        await new Promise((resolve) => new Worker(debug, { eval: true }).on('exit', resolve));
        await readyd.status('went on');
        inspector.close();
        ${STAY}`,
    });
    await machine().start(unit);
    const pid = await machine().show(unit, 'MainPID');
    await machine().waitForProperty(unit, 'WatchdogUSec', /^1h/);
    await machine().waitForProperty(unit, 'StatusText', 'went on');
    expect(await machine().show(unit, 'MainPID')).toBe(pid);
    await machine().waitForProperty(unit, 'WatchdogUSec', '1s');
    expect(await entries(machine(), unit, 'an inspector listens on ws://127.0.0.1:')).toHaveLength(1);
    expect(await entries(machine(), unit, 'event loop')).toEqual([]);
    await machine().stop(unit);
  });
});
