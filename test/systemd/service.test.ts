// service() on the real systemd: what a user sees with systemctl and journalctl, on each version.
import { expect, test } from 'vitest';
import { describeOnSystemd } from './on-systemd.ts';
import { installService, STAY } from './service.ts';
import { errors, logged } from './service-log.ts';

const ALL = ['host', 'trixie', 'sid'] as const;

describeOnSystemd(ALL, 'service()', (machine) => {
  test.concurrent.each(['simple', 'exec', 'notify'])('Type=%s: starts, and stops cleanly', async (type) => {
    const unit = await installService(machine(), {
      name: `type-${type}`,
      service: `Type=${type}`,
      script: `
        await readyd.service({
          start: ({ log }) => { log.info('started'); return setInterval(() => undefined, 1e6); },
          stop: (timer, { log }) => { clearInterval(timer); log.info('stopped'); },
        });`,
    });
    await machine().start(unit);
    await machine().waitFor(async () => (await machine().journal('-u', unit, '--grep=^started$')).length === 1);
    await machine().stop(unit);
    expect(await machine().show(unit, 'Result')).toBe('success');
    expect(await machine().show(unit, 'ExecMainStatus')).toBe('0');
    expect(await logged(machine(), unit, '--grep=^stopped$')).toHaveLength(1);
    expect(await errors(machine(), unit)).toEqual([]);
  });

  // The deadline is longer than the start of a program takes on a slow machine with other tests.
  test.concurrent('TimeoutStartSec=20 with a start of 21 seconds: active', async () => {
    const unit = await installService(machine(), {
      name: 'slow-start',
      service: 'TimeoutStartSec=20',
      script: `
        await readyd.service({
          start: async ({ status }) => {
            status('warming up');
            await new Promise((resolve) => setTimeout(resolve, 21_000));
            ${STAY}
          },
        });`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'ActiveState')).toBe('active');
  });

  test.concurrent('a start that hangs: failed in time, and why', async () => {
    const unit = await installService(machine(), {
      name: 'hung-start',
      service: 'TimeoutStartSec=20',
      script: `await readyd.service({ startTimeout: 21_000, start: () => new Promise(() => undefined) });`,
    });
    await expect(machine().start(unit)).rejects.toThrow();
    expect(await machine().show(unit, 'ActiveState')).toBe('failed');
    expect(await machine().show(unit, 'StatusText')).toBe('start failed: start() was not done within 21000 ms');
    expect(await errors(machine(), unit)).toMatchObject([{ ERROR_CODE: 'SD_ERR_TIMEOUT' }]);
  });

  test.concurrent('a failed start shows its reason and errno in systemctl status, and its stack in the journal', async () => {
    const unit = await installService(machine(), {
      name: 'failed-start',
      script: `
        import { readFile } from 'node:fs/promises';
        async function readConfiguration() { return await readFile('/etc/no-such-file'); }
        await readyd.service({ start: () => readConfiguration() });`,
    });
    await expect(machine().start(unit)).rejects.toThrow();
    expect(await machine().show(unit, 'ExecMainStatus')).toBe('1');
    const { stdout } = await machine().exec('systemctl', ['status', unit]);
    expect(stdout).toMatch(/Status: "start failed: ENOENT: no such file or directory, open '\/etc\/no-such-file'"/);
    expect(stdout).toMatch(/Error: (code: )?2 \(No such file or directory\)/);
    const [entry, ...more] = await errors(machine(), unit);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ PRIORITY: '3', ERRNO: '2', ERROR_CODE: 'ENOENT', SYSCALL: 'open' });
    expect(entry?.ERROR_STACK).toMatch(/readConfiguration/);
  });

  test.concurrent('a stop that hangs: its own time is up, and it fails with the reason', async () => {
    const unit = await installService(machine(), {
      name: 'hung-stop',
      service: 'TimeoutStopSec=4',
      script: `
        await readyd.service({
          start: () => { ${STAY} },
          stop: () => new Promise(() => undefined),
          stopTimeout: 5000,
        });`,
    });
    await machine().start(unit);
    await machine().stop(unit);
    expect(await machine().show(unit, 'Result')).toBe('exit-code');
    expect(await machine().show(unit, 'StatusText')).toBe('stop failed: stop() was not done within 5000 ms');
  });

  test.concurrent('the watchdog does not bite while the service stops', async () => {
    const unit = await installService(machine(), {
      name: 'watched-stop',
      service: 'WatchdogSec=3',
      script: `
        await readyd.service({
          start: () => { ${STAY} },
          stop: () => new Promise((resolve) => setTimeout(resolve, 4500)),
        });`,
    });
    await machine().start(unit);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await machine().stop(unit);
    expect(await machine().show(unit, 'Result')).toBe('success');
  });

  test.concurrent('the status follows the service', async () => {
    const unit = await installService(machine(), {
      name: 'status',
      script: `
        let count = 0;
        process.on('SIGUSR1', () => { count += 1; });
        await readyd.service({
          start: () => { ${STAY} },
          status: () => {
            if (count === 1) throw new Error('no status today');
            return count + ' signals';
          },
          statusInterval: 50,
        });`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'StatusText')).toBe('0 signals');
    await machine().systemctl('kill', '-s', 'USR1', unit);
    await machine().waitFor(async () => (await errors(machine(), unit)).length > 0);
    expect(await machine().show(unit, 'StatusText')).toBe('0 signals');
    await machine().systemctl('kill', '-s', 'USR1', unit);
    await machine().waitForProperty(unit, 'StatusText', '2 signals');
    expect(await errors(machine(), unit)).toMatchObject([{ MESSAGE: 'status() failed: no status today' }]);
  });
});

describeOnSystemd(['trixie', 'sid'], 'service() of Type=notify-reload', (machine) => {
  test('systemctl reload returns within the reload’s own time, also where it exceeds TimeoutStartSec=', async () => {
    const unit = await installService(machine(), {
      name: 'reload',
      service: 'Type=notify-reload\nTimeoutStartSec=5',
      script: `
        let count = 0;
        await readyd.service({
          start: () => { ${STAY} },
          reload: async () => {
            await new Promise((resolve) => setTimeout(resolve, count === 0 ? 200 : 6000));
            count += 1;
          },
          status: () => 'reloaded ' + count,
          statusInterval: 100,
        });`,
    });
    await machine().start(unit);
    await machine().reload(unit);
    expect(await machine().show(unit, 'ReloadResult')).toBe('success');
    await machine().reload(unit);
    expect(await machine().show(unit, 'ReloadResult')).toBe('success');
    await machine().waitForProperty(unit, 'StatusText', 'reloaded 2');
    await machine().stop(unit);
    expect(await machine().show(unit, 'Result')).toBe('success');
  });

  test('a reload that fails neither hangs nor stops the service; the next that succeeds clears what it said', async () => {
    const unit = await installService(machine(), {
      name: 'reload-fails',
      service: 'Type=notify-reload\nTimeoutStartSec=5',
      script: `
        import { readFile } from 'node:fs/promises';
        let file = '/etc/no-such-file';
        await readyd.service({
          start: () => { ${STAY} },
          reload: async () => { const now = file; file = '/etc/hostname'; await readFile(now); },
          status: () => 'fine',
        });`,
    });
    await machine().start(unit);
    await machine().reload(unit);
    expect(await machine().show(unit, 'ActiveState')).toBe('active');
    expect(await machine().show(unit, 'StatusText')).toMatch(/^reload failed: ENOENT/);
    expect(await machine().show(unit, 'StatusErrno')).toBe('2');
    expect(await errors(machine(), unit)).toMatchObject([
      { MESSAGE: expect.stringMatching(/^reload failed: ENOENT/), ERRNO: '2', ERROR_STACK: expect.any(String) },
    ]);
    await machine().reload(unit);
    await machine().waitForProperty(unit, 'StatusText', 'fine');
    expect(await machine().show(unit, 'StatusErrno')).toBe('0');
  });

  test('a service without reload() answers as well', async () => {
    const unit = await installService(machine(), {
      name: 'reload-nothing',
      service: 'Type=notify-reload\nTimeoutStartSec=5',
      script: `await readyd.service({ start: () => { ${STAY} } });`,
    });
    await machine().start(unit);
    await machine().reload(unit);
    expect(await machine().show(unit, 'ReloadResult')).toBe('success');
    expect(await machine().show(unit, 'ActiveState')).toBe('active');
  });

  test('a reload that hangs fails in its time, and the next is done', async () => {
    const unit = await installService(machine(), {
      name: 'reload-hangs',
      service: 'Type=notify-reload\nTimeoutStartSec=10',
      script: `
        let hangs = true;
        await readyd.service({
          start: () => { ${STAY} },
          startTimeout: 500,
          reload: async () => { if (hangs) { hangs = false; await new Promise(() => undefined); } },
        });`,
    });
    await machine().start(unit);
    await machine().reload(unit);
    expect(await machine().show(unit, 'StatusText')).toBe('reload failed: reload() was not done within 500 ms');
    await machine().reload(unit);
    expect(await machine().show(unit, 'ActiveState')).toBe('active');
  });

  test('a stop in the middle of a reload is a clean stop', async () => {
    const unit = await installService(machine(), {
      name: 'reload-stopped',
      service: 'Type=notify-reload',
      script: `
        import { setTimeout as sleep } from 'node:timers/promises';
        await readyd.service({
          start: () => { ${STAY} },
          reload: async (_, { signal, status }) => { status('reloading'); await sleep(60_000, undefined, { signal }); },
        });`,
    });
    await machine().start(unit);
    await machine().systemctl('reload', '--no-block', unit);
    await machine().waitForProperty(unit, 'StatusText', 'reloading');
    await machine().stop(unit);
    expect(await machine().show(unit, 'Result')).toBe('success');
    expect(await errors(machine(), unit)).toEqual([]);
  });
});
