// The effect of systemctl on connections, with a socket unit and without: the table of docs/sockets.md, row by row. Another
// ListenStream= and another FileDescriptorName= are in sockets-passed.test.ts, clients under load in sockets.test.ts.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import type { Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { installService } from './service.ts';

const UNIT = 'commands.service';
const SOCKET = 'commands.socket';

const SCRIPT = `
import { createServer } from 'node:net';
const server = createServer((client) => client.end(String(process.pid)));
await readyd.listen(server, { name: 'web', fallback: { port: 8090, host: '127.0.0.1' } });
process.once('SIGTERM', () => process.exit(0));
await readyd.ready();
`;
// While the gate is shut a start goes on and on: the time in which the service is not there.
const GATE = '/run/commands.gate';
const GATED = `ExecStartPre=/bin/sh -c 'while [ -e ${GATE} ]; do sleep 0.1; done'`;
const REQUIRES = `[Unit]\nRequires=${SOCKET}\nAfter=${SOCKET}`;

const CLIENT = `
const client = net.connect(8090, '127.0.0.1', () => { console.log('connected'); client.pipe(process.stdout); });
client.on('error', ({ code }) => console.log(code));`;

interface Client {
  /** `connected`, or the code of the error. */
  readonly outcome: string;
  /** The pid of the process that answers. */
  readonly answer: () => Promise<string>;
}

async function connect(machine: Machine): Promise<Client> {
  const [file, ...args] = machine.enter(process.execPath, ['-e', CLIENT]);
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  return { outcome: await next(), answer: next };
}

const mainPid = (machine: Machine): Promise<string> => machine.show(UNIT, 'MainPID');
const shut = (machine: Machine): Promise<void> => machine.write(GATE, '');
const open = (machine: Machine) => machine.exec('rm', ['-f', GATE], { check: true });

describeOnSystemd(['host', 'trixie', 'sid'], 'connections and systemctl', (machine) => {
  const install = async (files: Record<string, string>, ...service: string[]): Promise<void> => {
    await installService(machine(), { name: 'commands', script: SCRIPT, service: service.join('\n'), files });
    await machine().systemctl('start', ...Object.keys(files), UNIT);
  };
  const installActivated = (...service: string[]): Promise<void> => {
    const unit = '[Socket]\nListenStream=127.0.0.1:8090\nFileDescriptorName=web\n';
    return install({ [SOCKET]: unit }, ...service);
  };
  /** The pid of the process that answers now. */
  const answered = async (): Promise<string> => {
    const client = await connect(machine());
    expect(client.outcome).toBe('connected');
    return await client.answer();
  };
  const refused = async (): Promise<void> => {
    expect((await connect(machine())).outcome).toBe('ECONNREFUSED');
  };
  /** Between the process that was there and the next. */
  const betweenTwo = async (...command: string[]): Promise<void> => {
    await shut(machine());
    await machine().systemctl(...command);
    await machine().waitForProperty(UNIT, 'SubState', 'start-pre');
  };

  afterEach(async () => {
    await open(machine());
    // By itself: where there is no such unit, systemd 262 stops none of those beside it either.
    await machine().exec('systemctl', ['stop', SOCKET]);
    await machine().systemctl('stop', UNIT);
    await machine().exec('rm', ['-f', `/run/systemd/system/${SOCKET}`], { check: true });
    await machine().systemctl('daemon-reload');
  });

  describe.each([
    ['restart', ['restart', '--no-block', UNIT]],
    ['kill, with Restart=', ['kill', '-s', 'KILL', UNIT]],
  ])('%s', (_, command) => {
    const service = `${GATED}\nRestart=always\nRestartSec=0`;

    test('with a socket unit: new connections wait, and the next process answers them', async () => {
      await installActivated(service, REQUIRES);
      const first = await mainPid(machine());
      expect(await answered()).toBe(first);
      await betweenTwo(...command);
      const client = await connect(machine());
      expect(client.outcome).toBe('connected');
      await open(machine());
      const answer = await client.answer();
      expect(answer).toBe(await mainPid(machine()));
      expect(answer).not.toBe(first);
    });

    test('without: they are refused until it listens again', async () => {
      await install({}, service);
      const first = await mainPid(machine());
      expect(await answered()).toBe(first);
      await betweenTwo(...command);
      await refused();
      await open(machine());
      await machine().waitForProperty(UNIT, 'ActiveState', 'active');
      expect(await answered()).not.toBe(first);
    });
  });

  test.each([
    ['stop', ['stop', UNIT], 'inactive'],
    ['kill, without Restart=', ['kill', '-s', 'KILL', UNIT], 'failed'],
  ])('%s, with a socket unit: the first connection starts the service again', async (_, command, state) => {
    await installActivated(REQUIRES);
    const first = await mainPid(machine());
    await machine().systemctl(...command);
    await machine().waitForProperty(UNIT, 'ActiveState', state);
    const answer = await answered();
    expect(answer).not.toBe(first);
    expect(answer).toBe(await mainPid(machine()));
  });

  test('stop, without a socket unit or of both: connections are refused', async () => {
    await install({});
    await machine().systemctl('stop', UNIT);
    await refused();
    await installActivated(REQUIRES);
    await answered();
    await machine().systemctl('stop', SOCKET, UNIT);
    await refused();
    expect(await machine().show(UNIT, 'ActiveState')).toBe('inactive');
  });

  test('restart of the socket unit: with Requires= the service is restarted, without it fails', async () => {
    await installActivated(REQUIRES);
    const first = await mainPid(machine());
    await machine().systemctl('restart', SOCKET);
    await machine().waitForProperty(UNIT, 'ActiveState', 'active');
    const second = await answered();
    expect(second).not.toBe(first);

    await machine().systemctl('stop', SOCKET, UNIT);
    await installActivated();
    const third = await mainPid(machine());
    expect((await machine().exec('systemctl', ['restart', SOCKET])).code).toBe(1);
    expect(await machine().show(SOCKET, 'ActiveState')).toBe('inactive');
    // The process still has its descriptor; once it exits, no process has the socket.
    expect(await answered()).toBe(third);
    await machine().systemctl('stop', UNIT);
    await refused();
  });

  test('a service is off its socket when that is stopped and nothing requires it any more', async () => {
    await installActivated(REQUIRES);
    await machine().systemctl('stop', SOCKET);
    expect(await machine().show(UNIT, 'ActiveState')).toBe('inactive');
    await machine().systemctl('start', UNIT);
    expect(await machine().show(SOCKET, 'ActiveState')).toBe('active');

    await machine().systemctl('stop', SOCKET, UNIT);
    await installActivated();
    const first = await mainPid(machine());
    await machine().systemctl('stop', SOCKET);
    await machine().systemctl('restart', UNIT);
    expect(await machine().show(SOCKET, 'ActiveState')).toBe('inactive');
    expect(await answered()).not.toBe(first);
  });

  test.each(['daemon-reload', 'daemon-reexec'])('%s: nothing, with a socket unit and without', async (command) => {
    await installActivated(REQUIRES);
    const first = await mainPid(machine());
    await machine().systemctl(command);
    expect(await answered()).toBe(first);
    await machine().systemctl('restart', UNIT);
    expect(await answered()).toBe(await mainPid(machine()));
    await machine().systemctl('stop', SOCKET, UNIT);
    await install({});
    const second = await mainPid(machine());
    await machine().systemctl(command);
    expect(await answered()).toBe(second);
  });
});
