// service() on the real systemd: what a user sees with systemctl and journalctl.
import { expect, test } from 'vitest';
import type { Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { installService, STAY } from './service.ts';

const ALL = ['host', 'trixie', 'sid'] as const;
const SERVE = `import { createServer } from 'node:http';`;

/**
 * What the program has logged, by its name: whose unit the last words of a process are, a busy journald may ask too late.
 * (That the journal waits for it is a test of its own.)
 */
async function logged(machine: Machine, unit: string, ...args: string[]): Promise<Record<string, unknown>[]> {
  return await machine.journal(`SYSLOG_IDENTIFIER=${unit.replace('.service', '')}`, ...args);
}

async function errors(machine: Machine, unit: string): Promise<Record<string, unknown>[]> {
  return await logged(machine, unit, '-p', 'err');
}

/** What a client inside gets to hear. */
async function ask(machine: Machine, url: string): Promise<string> {
  const script = `fetch('${url}').then((response) => response.text()).then(console.log, () => console.log('no answer'))`;
  return (await machine.exec(process.execPath, ['-e', script])).stdout.trim();
}

describeOnSystemd(ALL, 'service()', (machine) => {
  test.each(['simple', 'exec', 'notify'])('Type=%s: starts, and stops cleanly', async (type) => {
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

  test('Type=oneshot: a job that is done is done', async () => {
    const unit = await installService(machine(), {
      name: 'oneshot',
      service: 'Type=oneshot\nRemainAfterExit=yes',
      script: `
        await readyd.service({
          start: () => new Promise((resolve) => setTimeout(resolve, 300)),
          stop: (_, { log }) => log.info('stopped'),
        });`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'SubState')).toBe('exited');
    expect(await logged(machine(), unit, '--grep=^stopped$')).toHaveLength(1);
  });

  test('keepAlive: a service of Type=notify stays although nothing keeps Node alive', async () => {
    const unit = await installService(machine(), {
      name: 'idle',
      script: `await readyd.service({ keepAlive: true, start: () => undefined, status: () => 'nothing to do' });`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'StatusText')).toBe('nothing to do');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await machine().show(unit, 'ActiveState')).toBe('active');
    await machine().stop(unit);
    expect(await machine().show(unit, 'Result')).toBe('success');
  });

  test('TimeoutStartSec=3 with a start of four seconds: active', async () => {
    const unit = await installService(machine(), {
      name: 'slow-start',
      service: 'TimeoutStartSec=3',
      script: `
        await readyd.service({
          start: async ({ status }) => {
            status('warming up');
            await new Promise((resolve) => setTimeout(resolve, 4000));
            ${STAY}
          },
        });`,
    });
    await machine().start(unit);
    expect(await machine().show(unit, 'ActiveState')).toBe('active');
  });

  test('a start that hangs: failed in time, and why', async () => {
    const unit = await installService(machine(), {
      name: 'hung-start',
      service: 'TimeoutStartSec=1',
      script: `await readyd.service({ startTimeout: 2000, start: () => new Promise(() => undefined) });`,
    });
    await expect(machine().start(unit)).rejects.toThrow();
    expect(await machine().show(unit, 'ActiveState')).toBe('failed');
    expect(await machine().show(unit, 'StatusText')).toBe('start failed: start() was not done within 2000 ms');
    expect(await errors(machine(), unit)).toMatchObject([{ ERROR_CODE: 'SD_ERR_TIMEOUT' }]);
  });

  test('a start that blocks the event loop for ever: killed by the manager’s own timeout', async () => {
    const unit = await installService(machine(), {
      name: 'blocked-start',
      service: 'TimeoutStartSec=1\nTimeoutStopSec=1',
      script: 'await readyd.service({ start: () => { for (;;); } });',
    });
    await expect(machine().start(unit)).rejects.toThrow();
    expect(await machine().show(unit, 'Result')).toBe('timeout');
  });

  test('a failed start shows its reason and errno in systemctl status, and its stack in the journal', async () => {
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

  test('an error that nobody caught: STATUS, ERRNO, STOPPING, exit code 1, one entry', async () => {
    const unit = await installService(machine(), {
      name: 'uncaught',
      script: `
        process.on('SIGUSR1', () => { void connect(); });
        async function connect() {
          throw Object.assign(new Error('the database is gone'), { errno: -111, code: 'ECONNREFUSED' });
        }
        await readyd.service({ start: () => { ${STAY} } });`,
    });
    await machine().start(unit);
    await machine().systemctl('kill', '-s', 'USR1', unit);
    await machine().waitForProperty(unit, 'ActiveState', 'failed');
    expect(await machine().show(unit, 'ExecMainStatus')).toBe('1');
    expect(await machine().show(unit, 'StatusText')).toBe('the service failed: the database is gone');
    expect(await machine().show(unit, 'StatusErrno')).toBe('111');
    const entries = await errors(machine(), unit);
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ ERROR_CODE: 'ECONNREFUSED', CODE_FUNC: 'connect' });
  });

  test('an error that nobody caught, and a journald that is late: the entry still belongs to the unit', async () => {
    const unit = await installService(machine(), {
      name: 'late-journald',
      script: `await readyd.service({ start: () => { setTimeout(() => { throw new Error('it breaks'); }, 300); } });`,
    });
    await machine().start(unit);
    await machine().exec('systemctl', ['kill', '--signal=STOP', 'systemd-journald.service'], { check: true });
    await machine().waitFor(async () => (await machine().show(unit, 'StatusText')).startsWith('the service failed'));
    await machine().exec('systemctl', ['kill', '--signal=CONT', 'systemd-journald.service'], { check: true });
    await machine().waitForProperty(unit, 'ActiveState', 'failed');
    expect(await machine().journal('-u', unit, '-p', 'err', '_COMM=node')).toHaveLength(1);
  });

  test('TimeoutStopSec=2 with a request of 2.5 s in flight: answered, then a clean stop', async () => {
    const unit = await installService(machine(), {
      name: 'draining',
      service: 'TimeoutStopSec=2',
      script: `${SERVE}
        await readyd.service({
          start: async () => {
            const server = createServer((request, response) => setTimeout(() => response.end('answered'), 2500));
            await readyd.listen(server, { fallback: 8080 });
            server.on('request', () => readyd.status('asked'));
            return server;
          },
          stop: async (server, { log }) => log.info('drained', await readyd.drain(server)),
        });`,
    });
    await machine().start(unit);
    const answer = ask(machine(), 'http://127.0.0.1:8080/');
    await machine().waitForProperty(unit, 'StatusText', 'asked');
    await machine().stop(unit);
    expect(await answer).toBe('answered');
    expect(await machine().show(unit, 'Result')).toBe('success');
    expect(await logged(machine(), unit, '--grep=^drained$')).toMatchObject([{ FORCED: '0' }]);
  });

  test('a connection that never ends: cut after the drain timeout, and said so', async () => {
    const unit = await installService(machine(), {
      name: 'cutting',
      service: 'TimeoutStopSec=1',
      script: `${SERVE}
        await readyd.service({
          start: async () => {
            const server = createServer(() => readyd.status('asked'));
            await readyd.listen(server, { fallback: 8081 });
            return server;
          },
          stop: async (server, { log }) => {
            const { forced } = await readyd.drain(server, { timeout: 2500 });
            log.warning(forced + ' cut off');
          },
        });`,
    });
    await machine().start(unit);
    const answer = ask(machine(), 'http://127.0.0.1:8081/');
    await machine().waitForProperty(unit, 'StatusText', 'asked');
    await machine().stop(unit);
    expect(await answer).toBe('no answer');
    expect(await machine().show(unit, 'Result')).toBe('success');
    expect(await logged(machine(), unit, '--grep=^1 cut off$')).toHaveLength(1);
  });

  test('drain() without service() extends the deadline by itself', async () => {
    const unit = await installService(machine(), {
      name: 'drain-alone',
      service: 'TimeoutStopSec=1',
      script: `${SERVE}
        const server = createServer((request, response) => {
          readyd.status('asked');
          setTimeout(() => response.end('answered'), 2500);
        }).listen(8082, () => readyd.ready());
        process.once('SIGTERM', () => readyd.drain(server));`,
    });
    await machine().start(unit);
    const answer = ask(machine(), 'http://127.0.0.1:8082/');
    await machine().waitForProperty(unit, 'StatusText', 'asked');
    await machine().stop(unit);
    expect(await answer).toBe('answered');
    expect(await machine().show(unit, 'Result')).toBe('success');
  });

  test('a stop that hangs: its own time is up, and it fails with the reason', async () => {
    const unit = await installService(machine(), {
      name: 'hung-stop',
      service: 'TimeoutStopSec=1',
      script: `
        await readyd.service({
          start: () => { ${STAY} },
          stop: () => new Promise(() => undefined),
          stopTimeout: 1500,
        });`,
    });
    await machine().start(unit);
    await machine().stop(unit);
    expect(await machine().show(unit, 'Result')).toBe('exit-code');
    expect(await machine().show(unit, 'StatusText')).toBe('stop failed: stop() was not done within 1500 ms');
  });

  test('a stop that is asked for while the service starts: start() is told, and it is a clean stop', async () => {
    const unit = await installService(machine(), {
      name: 'stopped-start',
      script: `
        import { setTimeout as sleep } from 'node:timers/promises';
        await readyd.service({
          start: ({ signal, status }) => { status('sleeping'); return sleep(60_000, undefined, { signal }); },
        });`,
    });
    await machine().systemctl('start', '--no-block', unit);
    await machine().waitForProperty(unit, 'StatusText', 'sleeping');
    await machine().stop(unit);
    expect(await machine().show(unit, 'Result')).toBe('success');
    expect(await errors(machine(), unit)).toEqual([]);
  });

  test('the same with a pool, one worker of which has no handlers yet: it is ended by systemd, not a failed start', async () => {
    const unit = await installService(machine(), {
      name: 'pool-start-stop',
      script: `
        import cluster from 'node:cluster';
        if (cluster.isPrimary) {
          cluster.on('online', () => readyd.status('online'));
          await readyd.service(readyd.workerPool({ count: 1 }));
        } else ${STAY}`,
    });
    await machine().systemctl('start', '--no-block', unit);
    await machine().waitForProperty(unit, 'StatusText', 'online');
    await machine().stop(unit);
    expect(await machine().show(unit, 'Result')).toBe('success');
    expect(await errors(machine(), unit)).toEqual([]);
  });

  test('a second SIGTERM does not cut stop() short', async () => {
    const unit = await installService(machine(), {
      name: 'second-signal',
      script: `
        process.on('SIGTERM', function own() {
          setTimeout(() => { process.off('SIGTERM', own); process.kill(process.pid, 'SIGTERM'); }, 50);
        });
        await readyd.service({
          start: () => { ${STAY} },
          stop: (_, { log }) => new Promise((resolve) => setTimeout(() => resolve(log.info('database closed')), 1000)),
        });`,
    });
    await machine().start(unit);
    await machine().stop(unit);
    expect(await machine().show(unit, 'Result')).toBe('success');
    expect(await machine().journal('-u', unit, '--grep=database closed')).toHaveLength(1);
    expect(await machine().journal('-u', unit, '--grep=another SIGTERM')).toHaveLength(1);
  });

  test('the watchdog does not bite while the service stops', async () => {
    const unit = await installService(machine(), {
      name: 'watched-stop',
      service: 'WatchdogSec=1',
      script: `
        await readyd.service({
          start: () => { ${STAY} },
          stop: () => new Promise((resolve) => setTimeout(resolve, 3000)),
        });`,
    });
    await machine().start(unit);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await machine().stop(unit);
    expect(await machine().show(unit, 'Result')).toBe('success');
  });

  test('the status follows the service', async () => {
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
      service: 'Type=notify-reload\nTimeoutStartSec=2',
      script: `
        let count = 0;
        await readyd.service({
          start: () => { ${STAY} },
          reload: async () => {
            await new Promise((resolve) => setTimeout(resolve, count === 0 ? 200 : 3000));
            count += 1;
          },
          status: () => 'reloaded ' + count,
          statusInterval: 100,
        });`,
    });
    await machine().start(unit);
    const before = performance.now();
    await machine().reload(unit);
    expect(performance.now() - before).toBeLessThan(1900);
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
