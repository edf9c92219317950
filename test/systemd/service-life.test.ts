// service() on the real systemd: what does not depend on its version.
import { expect, test } from 'vitest';
import type { Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { installService, STAY } from './service.ts';
import { errors, logged } from './service-log.ts';

const SERVE = `import { createServer } from 'node:http';`;

/** What a client inside gets to hear. */
async function ask(machine: Machine, url: string): Promise<string> {
  const script = `fetch('${url}').then((response) => response.text()).then(console.log, () => console.log('no answer'))`;
  return (await machine.exec(process.execPath, ['-e', script])).stdout.trim();
}

describeOnSystemd(['host'], 'the life of a service', (machine) => {
  test.concurrent('Type=oneshot: a job that is done is done', async () => {
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

  test.concurrent('keepAlive: a service of Type=notify stays although nothing keeps Node alive', async () => {
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

  test.concurrent('a start that blocks the event loop for ever: killed by the manager’s own timeout', async () => {
    const unit = await installService(machine(), {
      name: 'blocked-start',
      service: 'TimeoutStartSec=1\nTimeoutStopSec=1',
      script: 'await readyd.service({ start: () => { for (;;); } });',
    });
    await expect(machine().start(unit)).rejects.toThrow();
    expect(await machine().show(unit, 'Result')).toBe('timeout');
  });

  test.concurrent('an error that nobody caught: STATUS, ERRNO, STOPPING, exit code 1, one entry', async () => {
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

  // It stops journald: alone.
  test('an uncaught error, and a journald that is late: the entry still belongs to the unit', async () => {
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

  test.concurrent('TimeoutStopSec=4 with a request of five seconds in flight: answered, then a clean stop', async () => {
    const unit = await installService(machine(), {
      name: 'draining',
      service: 'TimeoutStopSec=4',
      script: `${SERVE}
        await readyd.service({
          start: async () => {
            const server = createServer((request, response) => setTimeout(() => response.end('answered'), 5000));
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

  test.concurrent('a connection that never ends: cut after the drain timeout, and said so', async () => {
    const unit = await installService(machine(), {
      name: 'cutting',
      service: 'TimeoutStopSec=4',
      script: `${SERVE}
        await readyd.service({
          start: async () => {
            const server = createServer(() => readyd.status('asked'));
            await readyd.listen(server, { fallback: 8081 });
            return server;
          },
          stop: async (server, { log }) => {
            const { forced } = await readyd.drain(server, { timeout: 5000 });
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

  test.concurrent('drain() without service() extends the deadline by itself', async () => {
    const unit = await installService(machine(), {
      name: 'drain-alone',
      service: 'TimeoutStopSec=4',
      script: `${SERVE}
        const server = createServer((request, response) => {
          readyd.status('asked');
          setTimeout(() => response.end('answered'), 5000);
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

  test.concurrent('a stop during the start aborts the signal of start(), and counts as a clean stop', async () => {
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

  test.concurrent('the same with a pool, one worker of which has no handlers yet: it is ended by systemd, not a failed start', async () => {
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
});
