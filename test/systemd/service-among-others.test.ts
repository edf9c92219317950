// A service beside other code and units. Each case failed in an earlier version.
import { describe, expect, test } from 'vitest';
import { runtime } from '../runtimes.ts';
import type { Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { installService, STAY } from './service.ts';

const MAJORS = [20, 26] as const;
const NODES = MAJORS.flatMap((major) => runtime(major) ?? []);

/** The bytes that a client receives after it has connected to a port of the machine and ended its side. */
const ASK = `
const socket = require('node:net').connect(JSON.parse(process.argv[1]));
let text = '';
socket.setEncoding('utf8').on('data', (part) => (text += part)).on('error', (error) => console.log(error.code))
  .on('close', () => console.log(text));
socket.setTimeout(20_000, () => socket.destroy(new Error('no answer')));`;

async function ask(machine: Machine, target: object): Promise<string> {
  // Some trees cannot resolve localhost.
  const at = JSON.stringify({ host: '127.0.0.1', ...target });
  return (await machine.exec(process.execPath, ['-e', ASK, at])).stdout.trim();
}

const SERVER = `import { createServer } from 'node:net';
  const server = createServer((socket) => socket.end('hello'));`;

describeOnSystemd(
  ['host', 'trixie', 'sid'],
  'among other people’s code and units',
  (machine) => {
    describe.each(MAJORS)('Node %i', (major) => {
      const port = 7000 + major * 10;
      const install = (name: string, script: string, service = '', files: Record<string, string> = {}) => {
        const node = runtime(major);
        if (node === undefined) throw new Error(`test/runtimes.sh ${major} installs it`);
        return installService(machine(), { name: `${name}-${major}`, node, script, service, files });
      };
      const messages = async (unit: string, grep: string): Promise<unknown[]> => {
        return (await machine().journal('-u', unit, `--grep=${grep}`)).map(({ MESSAGE }) => MESSAGE);
      };

      test.concurrent('a second SIGTERM does not cut stop() short', async () => {
        const unit = await install(
          'second-signal',
          `process.on('SIGTERM', function own() {
            setTimeout(() => { process.off('SIGTERM', own); process.kill(process.pid, 'SIGTERM'); }, 50);
          });
          await readyd.service({
            start: () => { ${STAY} },
            stop: (_, { log }) => new Promise((resolve) => setTimeout(() => resolve(log.info('database closed')), 1000)),
          });`,
        );
        await machine().start(unit);
        await machine().stop(unit);
        expect(await machine().show(unit, 'Result')).toBe('success');
        expect(await messages(unit, 'database closed')).toHaveLength(1);
        expect(await messages(unit, 'another SIGTERM')).toHaveLength(1);
      });

      test.concurrent('the program’s own crash handler reports the error before the process ends', async () => {
        const unit = await install(
          'crash',
          `process.on('uncaughtException', async (error) => {
            await new Promise((resolve) => setTimeout(resolve, 300));
            console.log('reported ' + error.message);
            process.exit(3);
          });
          await readyd.service({ start: () => { ${STAY} setTimeout(() => { throw new Error('lost'); }, 50); } });`,
        );
        await machine().start(unit);
        await machine().waitForProperty(unit, 'ActiveState', 'failed');
        expect(await machine().show(unit, 'ExecMainStatus')).toBe('3');
        expect(await messages(unit, 'reported lost')).toHaveLength(1);
      });

      test.concurrent('a job of Type=oneshot ends, whatever NotifyAccess= says', async () => {
        const unit = await install(
          'job',
          `await readyd.service({ start: ({ log }) => log.info('done') });`,
          'Type=oneshot\nNotifyAccess=main',
        );
        await machine().start(unit);
        expect(await machine().show(unit, 'ActiveState')).toBe('inactive');
        expect(await machine().show(unit, 'Result')).toBe('success');
      });

      test.concurrent('WatchdogSec=infinity is no watchdog', async () => {
        const unit = await install(
          'infinite',
          `await readyd.service({ start: () => { ${STAY} } });`,
          'WatchdogSec=infinity',
        );
        await machine().start(unit);
        expect(await machine().show(unit, 'ActiveState')).toBe('active');
        expect(await messages(unit, 'WATCHDOG|watchdog')).toEqual([]);
        await machine().stop(unit);
      });

      test.concurrent('two sockets of one name are both served, and the status says where', async () => {
        const name = `both-${major}`;
        const unit = await install(
          'both',
          `${SERVER} await readyd.service({ start: () => readyd.listen(server, { name: 'web' }) });`,
          '',
          {
            [`${name}.socket`]: `[Socket]\nListenStream=127.0.0.1:${port}\nListenStream=127.0.0.1:${port + 1}\nFileDescriptorName=web\n`,
          },
        );
        await machine().start(`${name}.socket`);
        expect(await ask(machine(), { port })).toBe('hello');
        expect(await ask(machine(), { port: port + 1 })).toBe('hello');
        expect(await machine().show(unit, 'StatusText')).toBe(
          `listens on 127.0.0.1:${port} (web), 127.0.0.1:${port + 1} (web)`,
        );
        await machine().systemctl('stop', `${name}.socket`, unit);
      });

      test.concurrent('a socket that nothing serves is named in the journal', async () => {
        const name = `spare-${major}`;
        const unit = await install('spare', `await readyd.service({ start: () => { ${STAY} } });`, '', {
          [`${name}.socket`]: `[Socket]\nListenStream=127.0.0.1:${port + 2}\nFileDescriptorName=admin\n`,
        });
        await machine().systemctl('start', `${name}.socket`, unit);
        expect(await messages(unit, 'nothing serves')).toEqual([expect.stringContaining('"admin"')]);
        await machine().systemctl('stop', `${name}.socket`, unit);
      });

      test.concurrent('KillSignal=SIGQUIT stops it as any other', async () => {
        const unit = await install(
          'quit',
          `await readyd.service({
            stopSignals: ['SIGQUIT'], start: () => { ${STAY} }, stop: (_, { log }) => log.info('stopped well'),
          });`,
          'KillSignal=SIGQUIT',
        );
        await machine().start(unit);
        await machine().stop(unit);
        expect(await machine().show(unit, 'Result')).toBe('success');
        expect(await messages(unit, 'stopped well')).toHaveLength(1);
      });

      test.concurrent('a unix path as fallback is taken over after a crash', async () => {
        const path = `/run/crashed-${major}.sock`;
        const unit = await install(
          'crashed',
          `${SERVER} await readyd.service({ start: () => readyd.listen(server, { fallback: '${path}' }) });`,
        );
        await machine().start(unit);
        await machine().systemctl('kill', '-s', 'KILL', unit);
        await machine().waitForProperty(unit, 'ActiveState', 'failed');
        expect((await machine().exec('test', ['-S', path])).code).toBe(0);
        await machine().start(unit);
        expect(await ask(machine(), { path })).toBe('hello');
        await machine().stop(unit);
      });

      test.concurrent('the identifier is the unit’s name, in a template, too', async () => {
        await install('named@', `await readyd.service({ start: ({ log }) => { log.info('here'); ${STAY} } });`);
        // The name of the file is named@-MAJOR: the instance stands between.
        const unit = `named@-${major}.service`;
        await machine().start(unit);
        const [entry] = await machine().journal('-u', unit, '--grep=here');
        expect(entry?.SYSLOG_IDENTIFIER).toBe(`named@-${major}`);
        await machine().stop(unit);
      });

      test.concurrent('a socket unit without FileDescriptorName= is taken for the name, and the journal says so', async () => {
        const name = `plain-${major}`;
        const unit = await install(
          'plain',
          `${SERVER} await readyd.service({ start: () => readyd.listen(server, { name: 'web', fallback: ${port + 3} }) });`,
          '',
          { [`${name}.socket`]: `[Socket]\nListenStream=127.0.0.1:${port + 3}\n` },
        );
        await machine().start(`${name}.socket`);
        expect(await ask(machine(), { port: port + 3 })).toBe('hello');
        expect(await messages(unit, 'is used as')).toEqual([expect.stringContaining('"web"')]);
        await machine().systemctl('stop', `${name}.socket`, unit);
      });

      test.concurrent.each([
        ['two sockets', [8, 9], '{}'],
        ['the port of the fallback', [10], `{ name: 'web', fallback: ${port + 10} }`],
        ['another port than the fallback', [11], `{ name: 'web', fallback: ${port + 12} }`],
      ])('systemd-socket-activate with %s: all are served', async (_, offsets, options) => {
        const ports = offsets.map((offset) => port + offset);
        const addresses = ports.map((number) => `--listen=127.0.0.1:${number}`).join(' ');
        const name = `activate-${ports[0]}`;
        const unit = await install(
          name,
          `${SERVER} await readyd.service({ start: () => readyd.listen(server, ${options}) });`,
          `Type=exec\nExecStart=\nExecStart=systemd-socket-activate ${addresses} ${runtime(major)} /srv/${name}-${major}.mjs`,
        );
        await machine().start(unit);
        // Type=exec says that the command runs, not that it listens already.
        await machine().waitFor(async () => (await messages(unit, 'Listening on')).length === ports.length);
        for (const number of ports) expect(await ask(machine(), { port: number })).toBe('hello');
        await machine().stop(unit);
        expect(await machine().show(unit, 'Result')).toBe('success');
      });

      test.concurrent('a manager that leaves after READY: the stop runs to its end', async () => {
        const name = `left-${major}`;
        const proxy = `/run/${name}.proxy`;
        const unit = await install(
          'left',
          `await readyd.service({ start: () => { ${STAY} }, stop: (_, { log }) => log.info('drained') });`,
          `Type=exec\nEnvironment=NOTIFY_SOCKET=${proxy}`,
          {
            // What passes messages on, such as the proxy of a container's runtime: it gets READY, and exits.
            [`${name}-proxy.socket`]: `[Socket]\nListenDatagram=${proxy}\nRemoveOnStop=yes\n`,
            [`${name}-proxy.service`]: `[Service]\nType=exec\nExecStart=sleep infinity\n`,
          },
        );
        await machine().systemctl('start', `${name}-proxy.socket`, unit);
        await machine().waitForProperty(`${name}-proxy.service`, 'ActiveState', 'active');
        await machine().systemctl('stop', `${name}-proxy.socket`, `${name}-proxy.service`);
        await machine().stop(unit);
        expect(await machine().show(unit, 'Result')).toBe('success');
        expect(await messages(unit, 'drained')).toHaveLength(1);
        expect(await messages(unit, 'the service manager has left')).toHaveLength(1);
      });

      test.concurrent.each([
        ['tcp', `127.0.0.1:${port + 4}`, { port: port + 4 }],
        ['unix', `/run/inetd-${major}.sock`, { path: `/run/inetd-${major}.sock` }],
      ])(
        'Accept=yes with StandardInput=socket over %s: no entry reaches the client, the journal has them',
        async (kind, address, target) => {
          const name = `inetd-${kind}-${major}`;
          const template = `${name}@.service`;
          const path = `/srv/${name}.mjs`;
          const unit = await install(`inetd-${kind}`, '', 'Type=oneshot', {
            [`${name}.socket`]: `[Socket]\nListenStream=${address}\nAccept=yes\n`,
            [template]: `[Service]\nStandardInput=socket\nExecStart=${runtime(major)} ${path}\n`,
          });
          await machine().write(
            path,
            `import { connection, journal } from '/srv/readyd/dist/index.js';
           const log = journal();
           log.error('for the journal of ${name}: ' + log.connected);
           await log.close();
           connection().end('for the client');`,
          );
          await machine().start(`${name}.socket`);
          expect(await ask(machine(), target)).toBe('for the client');
          const entries = await machine().waitFor(async () => {
            const found = await machine().journal(`--grep=for the journal of ${name}: true`);
            return found.length > 0 ? found : undefined;
          });
          expect(entries.length).toBeGreaterThan(0);
          await machine().systemctl('stop', `${name}.socket`);
          expect(unit).toBe(`${name}.service`);
        },
      );

      test.concurrent('bind() says whether systemd passed the socket', async () => {
        const name = `bound-${major}`;
        const unit = await install(
          'bound',
          `import { createSocket } from 'node:dgram';
          await readyd.service({ start: async ({ status }) => {
            const { activated } = await readyd.bind(createSocket('udp4'), { name: 'web', fallback: { port: ${port + 6} } });
            status('activated: ' + activated);
          } });`,
          '',
          { [`${name}.socket`]: `[Socket]\nListenDatagram=127.0.0.1:${port + 6}\nFileDescriptorName=web\n` },
        );
        await machine().start(unit);
        expect(await machine().show(unit, 'StatusText')).toBe('activated: false');
        await machine().stop(unit);
        await machine().systemctl('start', `${name}.socket`, unit);
        expect(await machine().show(unit, 'StatusText')).toBe('activated: true');
        await machine().systemctl('stop', `${name}.socket`, unit);
      });

      test.concurrent('a listening socket as standard input is served', async () => {
        const name = `wait-${major}`;
        const unit = await install(
          'wait',
          `${SERVER} await readyd.service({ start: () => readyd.listen(server, { name: 'web' }) });`,
          'StandardInput=socket\nStandardOutput=journal\nStandardError=journal',
          { [`${name}.socket`]: `[Socket]\nListenStream=127.0.0.1:${port + 5}\n` },
        );
        await machine().start(`${name}.socket`);
        expect(await ask(machine(), { port: port + 5 })).toBe('hello');
        await machine().systemctl('stop', `${name}.socket`, unit);
      });

      test.concurrent('a wrapper that the watchdog waits for: the journal has the line that mends it', async () => {
        const name = `wrapped-${major}`;
        const path = `/srv/${name}.mjs`;
        const unit = await install(
          'wrapped',
          `await readyd.service({ start: () => { ${STAY} } });`,
          `NotifyAccess=all\nWatchdogSec=60\nExecStart=\nExecStart=/bin/sh -c '${runtime(major)} ${path}; exit'`,
        );
        await machine().start(unit);
        expect(await messages(unit, 'no watchdog pings are sent')).toEqual([
          expect.stringContaining('env -u WATCHDOG_PID'),
        ]);
        await machine().stop(unit);
      });
    });
  },
  { binds: NODES },
);
