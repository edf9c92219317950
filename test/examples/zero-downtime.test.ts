// The example on the real systemd, with its unchanged unit files. systemd 254 and later sets $FDSTORE, which tells a process
// that it has a store; for an older systemd the unit has to set the variable.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Machine } from '../systemd/machine.ts';
import { describeOnSystemd } from '../systemd/on-systemd.ts';
import { installExample, verify } from './install.ts';

const FOLDER = '/srv/counter';

// Keeps one connection, sends a request for each line of its input, and prints its port.
const KEEP_ALIVE = `
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const ask = () => http.get({ port: process.argv[1], host: '127.0.0.1', agent }, (response) => {
  const { localPort } = response.socket;
  response.setEncoding('utf8').on('data', (body) => console.log(localPort + ' ' + body.trim()));
}).on('error', (error) => console.log(String(error)));
process.stdin.on('data', ask).on('end', () => process.exit());`;

// Eight clients in a closed loop until the input ends: half keep their connection, half make a new one for each request.
const LOOP = `
const counts = new Set(), pids = new Set(), failures = [];
let answers = 0, connections = 0;
async function client(agent) {
  while (!process.stdin.readableEnded) await new Promise((resolve) => {
    http.get({ port: process.argv[1], host: '127.0.0.1', agent }, (response) => {
      response.setEncoding('utf8').once('data', (body) => {
        const [, count, pid] = /^(\\d+), says process (\\d+)/.exec(body);
        answers++; counts.add(count); pids.add(pid);
      }).once('close', resolve);
    }).once('socket', (socket) => {
      if (socket.connecting) connections++;
    }).once('error', (error) => { failures.push(String(error)); resolve(); });
  });
}
const all = [];
for (let i = 0; i < 4; i++) {
  all.push(client(new http.Agent({ keepAlive: true, maxSockets: 1 })), client(false));
}
console.log('started');
process.stdin.resume();
Promise.all(all).then(() => {
  console.log(JSON.stringify({ answers, failures, pids: pids.size, counts: counts.size }));
  process.exit();
});`;

function inside(machine: Machine, script: string, port: number) {
  const [file, ...args] = machine.enter(process.execPath, ['-e', script, String(port)]);
  return spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
}

const UNITS: readonly [string, number, string][] = [
  ['counter.service', 8080, 'counter.socket'],
  ['counter-alone.service', 8081, 'counter-alone.service'],
];

describeOnSystemd(['host', 'trixie', 'sid'], 'the zero-downtime example', (machine) => {
  let units: string[];

  beforeAll(async () => {
    units = await installExample(machine(), 'zero-downtime', FOLDER);
    const told = '[Unit]\nStartLimitIntervalSec=0\n[Service]\n';
    for (const [unit] of UNITS) {
      const store = machine().version < 254 ? 'Environment=FDSTORE=1024\n' : '';
      await machine().write(`/etc/systemd/system/${unit}.d/told.conf`, told + store);
    }
    await machine().systemctl('daemon-reload');
  });

  test('the units pass systemd-analyze verify', async () => {
    expect(await verify(machine(), units)).toBe('');
  });

  describe.each(UNITS)('%s', (unit, port, start) => {
    const stored = () => machine().show(unit, 'NFileDescriptorStore');
    const own = unit === start ? 1 : 0;

    beforeEach(async () => {
      await machine().systemctl('start', start);
    });

    test('an open connection gets its next answer from the new process, which counts on', async () => {
      const client = inside(machine(), KEEP_ALIVE, port);
      const lines = createInterface(client.stdout)[Symbol.asyncIterator]();
      const ask = async (): Promise<string> => {
        client.stdin.write('\n');
        return String((await lines.next()).value);
      };
      const [, localPort, before] = /^(\d+) (\d+), says process \d+$/.exec(await ask()) ?? [];
      for (let round = 1; round <= 3; round++) {
        const pid = await machine().show(unit, 'MainPID');
        await machine().systemctl('restart', unit);
        const now = await machine().show(unit, 'MainPID');
        expect(now).not.toBe(pid);
        expect(await ask()).toBe(`${localPort} ${Number(before) + round}, says process ${now}`);
      }
      // The store has the connection, the state, and the listener if there is no socket unit.
      expect(await stored()).toBe(String(2 + own));
      client.stdin.end();
      await once(client, 'exit');
      await machine().waitForProperty(unit, 'NFileDescriptorStore', String(1 + own));
    });

    test('three restarts under load: no answer is lost, and no count', async () => {
      const client = inside(machine(), LOOP, port);
      await once(client.stdout, 'readable');
      for (let round = 0; round < 3; round++) {
        await machine().systemctl('restart', unit);
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      client.stdin.end();
      const { answers, failures, pids, counts } = JSON.parse((await text(client.stdout)).replace('started', ''));
      console.log(`${unit}: ${answers} answers of ${pids} processes`);
      expect(failures).toEqual([]);
      expect(counts).toBe(answers);
      expect(pids).toBeGreaterThan(2);
      await machine().waitForProperty(unit, 'NFileDescriptorStore', String(1 + own));
    });
  });
});
