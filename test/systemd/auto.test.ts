// readyd/auto on real systemd: programs that were not written for it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { BY_REQUIRE, entriesOf, installUnaware, printed } from './auto-program.ts';
import { packageRoot } from './boot.ts';
import type { Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';

const CLIENTS = join(packageRoot(), 'test/systemd/fixtures/clients.js');

/** How often the idle program starts and stops; all thousand by hand: READYD_IDLE_CYCLES=1000. */
const IDLE_CYCLES = Number(process.env.READYD_IDLE_CYCLES ?? 3);

function server(port: number | string, more = ''): string {
  return `
    const http = require('node:http');
    const server = http.createServer((request, response) => {
      if (request.url === '/slow') { console.log('asked'); setTimeout(() => response.end('slow'), 300); }
      else response.end(request.url === '/facts' ? JSON.stringify({ pid: process.pid }) : 'hello');
    });
    server.listen(${typeof port === 'number' ? port : JSON.stringify(port)}, () => console.log('listening on', JSON.stringify(server.address())));
    ${more}`;
}

async function get(machine: Machine, options: object): Promise<string> {
  const script = `
    const request = require('http').get(${JSON.stringify({ host: '127.0.0.1', ...options })}, (response) => response.pipe(process.stdout));
    request.on('error', (error) => { process.stdout.write(error.code); });`;
  return (await machine.exec(process.execPath, ['-e', script])).stdout;
}

describeOnSystemd(['host', 'trixie'], 'readyd/auto', (machine) => {
  test('a server is ready when it listens, says where, and stops cleanly', async () => {
    const unit = await installUnaware(machine(), { name: 'plain', script: server(3001), service: 'WatchdogSec=2' });
    await machine().start(unit);
    expect(await get(machine(), { port: 3001 })).toBe('hello');
    expect(await machine().show(unit, 'StatusText')).toBe('listens on [::]:3001');
    await machine().stop(unit);
    expect(await machine().show(unit, 'Result')).toBe('success');
    expect(await machine().show(unit, 'ExecMainStatus')).toBe('0');
    expect(await printed(machine(), unit)).toEqual(['6 listening on {"address":"::","family":"IPv6","port":3001}']);
    expect((await entriesOf(machine(), unit))[0]?.SYSLOG_IDENTIFIER).toBe('plain');
  });

  test('a passed socket goes to the server that means it; three restarts under load lose no request', async () => {
    const script = server(
      3002,
      `process.on('SIGTERM', () => server.close((error) => { if (error) console.error(error); process.exit(143); }));`,
    );
    const unit = await installUnaware(machine(), {
      name: 'passed',
      script,
      socket: 'ListenStream=127.0.0.1:3002\nFileDescriptorName=web\nBacklog=77',
      options: BY_REQUIRE,
    });
    await machine().systemctl('start', 'passed.socket');
    await machine().start(unit);
    expect(await machine().show(unit, 'StatusText')).toBe('listens on 127.0.0.1:3002 (web)');
    const listening = await machine().exec('ss', ['-Hltn', 'sport = :3002']);
    if (listening.code === 0) expect(listening.stdout).toMatch(/^LISTEN\s+\d+\s+77\s/);
    const [file, ...args] = machine().enter(process.execPath, [
      CLIENTS,
      JSON.stringify({ port: 3002, host: '127.0.0.1', path: '/facts' }),
      '8',
    ]);
    const clients = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const output = text(clients.stdout);
    const pids = new Set([await machine().show(unit, 'MainPID')]);
    for (let round = 0; round < 3; round += 1) {
      await machine().systemctl('restart', unit);
      pids.add(await machine().show(unit, 'MainPID'));
    }
    clients.stdin.end();
    await once(clients, 'close');
    const { answers, failures } = JSON.parse((await output).replace('started', ''));
    expect({ failures, pids: pids.size }).toEqual({ failures: [], pids: 4 });
    expect(answers).toBeGreaterThan(8);
    await machine().stop(unit);
    expect(await machine().show(unit, 'Result')).toBe('success');
    expect((await printed(machine(), unit)).filter((line) => !line.startsWith('6 listening'))).toEqual([]);
    await machine().systemctl('stop', 'passed.socket');
  });

  test('a unix socket serves a program that knows a port only', async () => {
    const unit = await installUnaware(machine(), {
      name: 'unix',
      script: server(8080),
      socket: 'ListenStream=/run/unix.sock',
    });
    await machine().systemctl('start', 'unix.socket');
    await machine().start(unit);
    expect(await get(machine(), { socketPath: '/run/unix.sock' })).toBe('hello');
    expect(await get(machine(), { port: 8080 })).toBe('ECONNREFUSED');
    await machine().systemctl('stop', 'unix.service');
    expect((await machine().exec('test', ['-S', '/run/unix.sock'])).code).toBe(0);
  });

  test('a program that tries its port before it serves it, in both ways', async () => {
    const unit = await installUnaware(machine(), {
      name: 'trying',
      type: 'mjs',
      script: `
        import net from 'node:net';
        import { once } from 'node:events';
        import http from 'node:http';
        const client = net.connect(3003, 'localhost');
        const [error] = await once(client, 'error');
        console.log(error.code, error.port);
        const probe = net.createServer().listen(3003);
        await once(probe, 'listening');
        probe.close();
        await once(probe, 'close');
        await new Promise((resolve) => setTimeout(resolve, 100));
        console.log('serves now');
        http.createServer((request, response) => response.end('hello')).listen(3003, '127.0.0.1');`,
      socket: 'ListenStream=127.0.0.1:3003',
    });
    await machine().systemctl('start', 'trying.socket');
    await machine().start(unit);
    const lines = await printed(machine(), unit);
    expect(lines).toEqual(['6 ECONNREFUSED 3003', '6 serves now']);
    expect(await get(machine(), { port: 3003 })).toBe('hello');
    expect(await machine().show(unit, 'StatusText')).toBe('listens on 127.0.0.1:3003 (trying.socket)');
  });

  test('two sockets are both served before READY, by their names', async () => {
    const unit = await installUnaware(machine(), {
      name: 'two',
      script: `
        const http = require('node:http');
        const serve = (text) => http.createServer((request, response) => response.end(text));
        serve('web').listen(8081);
        setTimeout(() => serve('admin').listen('/run/other.sock'), 300);`,
      service: 'Environment=READYD_SOCKETS="web=8081 admin=/run/other.sock"\nSockets=two-web.socket two-admin.socket',
    });
    await machine().install({
      'two-web.socket':
        '[Socket]\nListenStream=127.0.0.1:3004\nListenStream=127.0.0.2:3004\nFileDescriptorName=web\nService=two.service\n',
      'two-admin.socket': '[Socket]\nListenStream=/run/two.sock\nFileDescriptorName=admin\nService=two.service\n',
    });
    await machine().systemctl('start', 'two-web.socket', 'two-admin.socket');
    await machine().start(unit);
    expect(await machine().show(unit, 'StatusText')).toMatch(
      /127\.0\.0\.1:3004 \(web\).*127\.0\.0\.2:3004 \(web\).*\/run\/two\.sock \(admin\)/,
    );
    for (const host of ['127.0.0.1', '127.0.0.2']) expect(await get(machine(), { port: 3004, host })).toBe('web');
    expect(await get(machine(), { socketPath: '/run/two.sock' })).toBe('admin');
  });

  test('the log names what READY waits for', async () => {
    const unit = await installUnaware(machine(), {
      name: 'missing',
      script: `require('node:http').createServer().listen(8082, '127.0.0.1'); require('node:http').createServer().listen(0);`,
      service: 'Environment=READYD_SOCKETS=web=3005',
      socket: 'ListenStream=127.0.0.1:3005\nFileDescriptorName=web',
    });
    await machine().systemctl('start', 'missing.socket');
    await machine().systemctl('start', '--no-block', unit);
    await machine().waitForProperty(
      unit,
      'StatusText',
      /^nothing listens on web \(3005\) yet; the program listens on 127\.0\.0\.1:8082, \[::\]:\d+$/,
    );
    expect(await machine().show(unit, 'ActiveState')).toBe('activating');
    await machine().systemctl('kill', '--signal=KILL', unit);
    await machine().systemctl('stop', unit, 'missing.socket');
  });

  test('READYD_READY=loaded: when the entry module has been evaluated, top-level await included', async () => {
    for (const [name, type, script] of [
      [
        'loaded-esm',
        'mjs',
        `console.log('begins'); await new Promise((resolve) => setTimeout(resolve, 500)); console.log('done');`,
      ],
      ['loaded-cjs', 'cjs', `console.log('done');`],
    ] as const) {
      for (const options of [undefined, BY_REQUIRE]) {
        const unit = await installUnaware(machine(), {
          name,
          type,
          script: `${script} setInterval(() => undefined, 1e6);`,
          service: 'Environment=READYD_READY=loaded',
          ...(options === undefined ? {} : { options }),
        });
        await machine().start(unit);
        expect((await printed(machine(), unit)).at(-1)).toBe('6 done');
        await machine().stop(unit);
      }
    }
  });

  test('what a program prints has its levels, its order, and its errors', async () => {
    const unit = await installUnaware(machine(), {
      name: 'prints',
      options: BY_REQUIRE,
      script: `
        const fs = require('node:fs');
        console.log('one'); process.stdout.write('two\\n'); console.error(new TypeError('three'));
        console.warn('four'); fs.writeSync(1, '{"level":50,"time":1,"pid":1,"hostname":"h","requestId":"r5","msg":"five"}\\n');
        console.debug('six'); console.table([{ a: 1 }]);
        process.emitWarning('seven');
        const { Worker } = require('node:worker_threads');
        new Worker('console.error("eight")', { eval: true }).on('exit', () => { throw Object.assign(new RangeError('the end'), { code: 'E_END' }); });`,
      service: 'Type=exec\nNotifyAccess=main',
    });
    await machine().start(unit);
    await machine().waitForProperty(unit, 'ActiveState', 'failed');
    const entries = await entriesOf(machine(), unit);
    const of = (message: RegExp) => entries.filter(({ MESSAGE }) => message.test(String(MESSAGE)));
    expect(of(/^(one|two)/).map(({ PRIORITY }) => PRIORITY)).toEqual(['6', '6']);
    expect(of(/three/)).toMatchObject([
      {
        PRIORITY: '3',
        ERROR_NAME: 'TypeError',
        ERROR_STACK: expect.stringContaining('/srv/prints-main.cjs'),
        CODE_FILE: '/srv/prints-main.cjs',
      },
    ]);
    expect(of(/^four/)).toMatchObject([{ PRIORITY: '4' }]);
    expect(of(/^five/)).toMatchObject([{ PRIORITY: '3', REQUEST_ID: 'r5' }]);
    expect(of(/^six/)).toMatchObject([{ PRIORITY: '7' }]);
    expect(of(/index/)).toHaveLength(1);
    expect(of(/seven/)).toMatchObject([{ PRIORITY: '4' }]);
    expect(of(/eight/)).toMatchObject([{ PRIORITY: '3', TID: '1' }]);
    expect(of(/the end/)).toMatchObject([{ PRIORITY: '2', ERROR_NAME: 'RangeError', ERROR_CODE: 'E_END' }]);
    expect(of(/Node\.js v/)).toEqual([]);
    expect(await machine().show(unit, 'ExecMainStatus')).toBe('1');
    expect(await machine().show(unit, 'StatusText')).toContain('the end');
    expect((await machine().journal('-p', 'err', `_SYSTEMD_UNIT=${unit}`)).length).toBe(4);
  });

  test('the program sees its own signal listeners only, and they are called after what was asked is answered', async () => {
    const unit = await installUnaware(machine(), {
      name: 'signals',
      script: server(
        3006,
        `
        const count = () => [process.listenerCount('SIGTERM'), process.listeners('SIGTERM').length, process.eventNames().includes('SIGTERM')];
        console.log('before', JSON.stringify(count()));
        const noop = () => {};
        process.on('SIGTERM', noop); process.off('SIGTERM', noop);
        process.once('SIGTERM', () => {
          console.log('handler', JSON.stringify(count()));
          server.close((error) => { console.log('closed', error); process.kill(process.pid, 'SIGTERM'); });
        });
        console.log('after', JSON.stringify(count()));`,
      ),
    });
    await machine().start(unit);
    const slow = get(machine(), { port: 3006, path: '/slow' });
    await machine().waitFor(async () => (await printed(machine(), unit)).includes('6 asked'));
    await machine().stop(unit);
    expect(await slow).toBe('slow');
    expect((await printed(machine(), unit)).filter((line) => !/listening|asked/.test(line))).toEqual([
      '6 before [0,0,false]',
      '6 after [1,1,true]',
      '6 handler [0,0,false]',
      '6 closed undefined',
    ]);
    expect(await machine().show(unit, 'Result')).toBe('success');
  });

  test('a program that uses readyd itself: one READY, one watchdog, one owner', async () => {
    const unit = await installUnaware(machine(), {
      name: 'both',
      type: 'mjs',
      script: `
        import { service, listen } from '/srv/readyd/dist/index.js';
        import http from 'node:http';
        await service({
          async start({ status }) {
            const server = http.createServer((request, response) => response.end('hello'));
            await listen(server, { name: 'web' });
            await new Promise((resolve) => setTimeout(resolve, 300));
            status('my own');
            return server;
          },
          stop: (server) => { console.log('my stop'); server.close(); },
        });`,
      socket: 'ListenStream=127.0.0.1:3007\nFileDescriptorName=web',
      service: 'WatchdogSec=2',
    });
    await machine().systemctl('start', 'both.socket');
    await machine().start(unit);
    expect(await machine().show(unit, 'StatusText')).toBe('my own');
    expect(await get(machine(), { port: 3007 })).toBe('hello');
    await machine().stop(unit);
    expect(await machine().show(unit, 'Result')).toBe('success');
    expect((await printed(machine(), unit)).filter((line) => !line.startsWith('6'))).toEqual([]);
    expect((await printed(machine(), unit)).filter((line) => line.includes('my stop'))).toHaveLength(1);
  });

  test('a cluster: one READY when a worker serves, and the end loses nothing', async () => {
    const unit = await installUnaware(machine(), {
      name: 'cluster',
      script: `
        const cluster = require('node:cluster');
        if (cluster.isPrimary) { cluster.fork(); cluster.fork(); console.log('primary'); }
        else require('node:http').createServer((request, response) => { console.log('asked'); setTimeout(() => response.end('from a worker'), 200); }).listen(3008, () => console.error('worker'));`,
      socket: 'ListenStream=127.0.0.1:3008',
    });
    const workers = async () => (await printed(machine(), unit)).filter((line) => line === '3 worker').length;
    const before = await workers();
    await machine().systemctl('start', 'cluster.socket');
    await machine().start(unit);
    // The service is ready with the first worker.
    await machine().waitFor(async () => (await workers()) === before + 2);
    const answers = Promise.all([1, 2, 3, 4].map(() => get(machine(), { port: 3008 })));
    await machine().waitFor(async () => (await printed(machine(), unit)).includes('6 asked'));
    await machine().stop(unit);
    await machine().start(unit);
    expect(await answers).toEqual(Array.from({ length: 4 }, () => 'from a worker'));
    await machine().waitFor(async () => (await workers()) === before + 4);
    await machine().stop(unit);
    expect(await machine().show(unit, 'Result')).toBe('success');
    const lines = await printed(machine(), unit);
    expect(lines.filter((line) => !/^(6 primary|6 asked|3 worker)$/.test(line))).toEqual([]);
  });

  test('READYD_IDLE_TIMEOUT: started by a connection, gone when idle, and every request is answered', async () => {
    const unit = await installUnaware(machine(), {
      name: 'idle',
      script: server(3009),
      socket: 'ListenStream=127.0.0.1:3009',
      service: 'Environment=READYD_IDLE_TIMEOUT=50ms',
    });
    await machine().systemctl('start', 'idle.socket');
    // The pauses are about as long as the timeout, so some requests reach a process that is about to exit.
    const client = `
      const { get } = require('node:http');
      const ask = () => new Promise((resolve, reject) =>
        get({ host: '127.0.0.1', port: 3009, path: '/facts', agent: false }, (response) => {
          let text = '';
          response.on('data', (part) => (text += part)).on('end', () => resolve(JSON.parse(text).pid)).on('error', reject);
        }).on('error', reject));
      (async () => {
        const pids = new Set();
        let answers = 0;
        let failures = [];
        while (pids.size < ${IDLE_CYCLES}) {
          try { pids.add(await ask()); answers += 1; } catch (error) { failures.push(error.code); }
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
        }
        console.log(JSON.stringify({ processes: pids.size, answers, failures }));
      })();`;
    const { stdout } = await machine().exec(process.execPath, ['-e', client], { check: true, timeout: 3_600_000 });
    if (IDLE_CYCLES > 3) console.log(stdout);
    expect(JSON.parse(stdout)).toMatchObject({ processes: IDLE_CYCLES, failures: [] });
    await machine().waitForProperty(unit, 'ActiveState', 'inactive');
    expect(await machine().show(unit, 'Result')).toBe('success');
    await machine().systemctl('stop', 'idle.socket');
  }, 3_600_000);

  test('a read-only file system', async () => {
    const unit = await installUnaware(machine(), {
      name: 'read-only',
      script: `try { require('node:fs').writeFileSync('/run/x', ''); } catch (error) { console.log(error.code); }${server(3011)}`,
      service: 'ReadOnlyPaths=/',
    });
    await machine().start(unit);
    expect(await get(machine(), { port: 3011 })).toBe('hello');
    await machine().stop(unit);
    expect(await machine().show(unit, 'Result')).toBe('success');
    const lines = await printed(machine(), unit);
    expect(lines.filter((line) => !line.startsWith('6 listening'))).toEqual(['6 EROFS']);
  });

  test('bad settings and no addon: the program starts and serves, and one entry says what is lost', async () => {
    const unit = await installUnaware(machine(), {
      name: 'lost',
      script: server(3010),
      socket: 'ListenStream=127.0.0.1:3010',
      service: 'Type=exec\nEnvironment=READYD_READY=soon READYD_STOP_TIMEOUT=x\nInaccessiblePaths=/srv/readyd/build',
    });
    await machine().systemctl('start', 'lost.socket');
    await machine().start(unit);
    expect(await get(machine(), { port: 3010 })).toBe('hello');
    await machine().stop(unit);
    const lines = await printed(machine(), unit);
    expect(lines.filter((line) => line.includes('READYD_READY is "soon"'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('READYD_STOP_TIMEOUT is "x"'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('3 readyd/auto works without'))).toHaveLength(1);
  });
});
