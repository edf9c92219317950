import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { packageRoot } from './boot.ts';
import type { Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';

const fixture = (name: string) => join(packageRoot(), 'test/systemd/fixtures', name);

const UNITS = {
  'web.socket': `[Socket]
ListenStream=127.0.0.1:8080
FileDescriptorName=web
Backlog=7
Service=app.service
`,
  'local.socket': `[Socket]
ListenStream=/run/app.sock
Backlog=11
Service=app.service
`,
  'app.service': `[Unit]
Requires=web.socket local.socket
StartLimitIntervalSec=0
[Service]
Type=notify
ExecStart=${process.execPath} ${fixture('sockets.js')} web local.socket
`,
};

interface Facts {
  pid: number;
  fds: { name: string; kind: string; address: unknown; backlog: number }[];
  env: string[];
  inherited: string[];
}

const TCP = { host: '127.0.0.1', port: 8080 };
const UNIX = { socketPath: '/run/app.sock' };

/** The answer of the daemon to a client in the machine. */
async function ask(machine: Machine, options: object): Promise<Facts> {
  const script = `http.get(${JSON.stringify({ ...options, path: '/facts' })}, (response) => response.pipe(process.stdout))`;
  const { stdout } = await machine.exec(process.execPath, ['-e', script], { check: true });
  return JSON.parse(stdout) as Facts;
}

async function installed(machine: Machine): Promise<void> {
  await machine.install(UNITS);
  await machine.systemctl('stop', 'app.service');
  await machine.systemctl('start', 'web.socket', 'local.socket');
}

describeOnSystemd(['host', 'trixie', 'sid'], 'activated sockets', (machine) => {
  test('the daemon answers the request that started it', async () => {
    await installed(machine());
    expect(await machine().show('app.service', 'ActiveState')).toBe('inactive');
    const { fds, env, inherited } = await ask(machine(), TCP);
    expect(fds).toHaveLength(2);
    expect(fds).toContainEqual({
      fd: expect.any(Number),
      name: 'web',
      kind: 'tcp',
      listening: true,
      address: { address: '127.0.0.1', port: 8080, family: 'IPv4' },
      backlog: 7,
    });
    expect(fds).toContainEqual({
      fd: expect.any(Number),
      name: 'local.socket',
      kind: 'unix-stream',
      listening: true,
      address: { path: '/run/app.sock' },
      backlog: 11,
    });
    expect({ env, inherited }).toEqual({ env: [], inherited: [] });
    expect(await machine().show('app.service', 'StatusText')).toMatch(
      /^on {"address":"127\.0\.0\.1",.*"port":8080} and "\/run\/app\.sock"$/,
    );
  });

  test('the socket file stays when the service stops, and starts it again', async () => {
    await installed(machine());
    const first = await ask(machine(), UNIX);
    await machine().stop('app.service');
    expect((await machine().exec('test', ['-S', '/run/app.sock'])).code).toBe(0);
    const second = await ask(machine(), UNIX);
    expect(second.pid).not.toBe(first.pid);
    expect(second.fds.map(({ backlog }) => backlog).toSorted((a, b) => a - b)).toEqual([7, 11]);
  });

  test('six seconds of eight clients over TCP and eight over unix: three restarts lose no connection', async () => {
    await installed(machine());
    await ask(machine(), TCP);
    const all = [TCP, UNIX].map((options) => {
      const [file, ...args] = machine().enter(process.execPath, [fixture('clients.js'), JSON.stringify(options), '8']);
      return spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    });
    await Promise.all(all.map((clients) => once(clients.stdout, 'readable')));
    for (let round = 0; round < 3; round++) {
      await sleep(1500);
      await machine().systemctl('restart', 'app.service');
    }
    await sleep(1500);
    for (const clients of all) clients.stdin.end();
    // Reads both together: the output of a child is lost if the child exits before a reader is attached.
    for (const output of await Promise.all(all.map((clients) => text(clients.stdout)))) {
      const { answers, failures, pids } = JSON.parse(output.replace('started', ''));
      expect(failures).toEqual([]);
      expect(pids).toBe(4);
      expect(answers).toBeGreaterThan(8);
    }
  });
});
