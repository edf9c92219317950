// A cluster on an activated socket, under load, while its workers exit one after the other.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { packageRoot } from './boot.ts';
import type { Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { installService } from './service.ts';

const CLIENTS = join(packageRoot(), 'test/systemd/fixtures/clients.js');
const WORKERS = 4;
const ROUNDS = 6;
const UNIT = 'cluster.service';

const SCRIPT = `
import cluster from 'node:cluster';
import { createServer } from 'node:http';
if (cluster.isPrimary) {
  cluster.schedulingPolicy = process.env.POLICY === 'none' ? cluster.SCHED_NONE : cluster.SCHED_RR;
  readyd.listenFds();
  const pids = new Set();
  const tell = () => readyd.notify({ ready: pids.size === ${WORKERS}, status: [...pids].join(' ') });
  cluster.on('exit', ({ process: { pid } }) => { pids.delete(pid); cluster.fork(); void tell(); });
  cluster.on('listening', ({ process: { pid } }) => { pids.add(pid); void tell(); });
  for (let worker = 0; worker < ${WORKERS}; worker++) cluster.fork();
  process.once('SIGTERM', () => process.exit());
} else {
  const server = createServer((_, response) => response.end(JSON.stringify({ pid: process.pid })));
  await readyd.listen(server, { name: 'web' });
  // By disconnect(), not by exit(): Node may just be handing the worker a connection, and then gives it to another.
  process.once('SIGTERM', async () => { await readyd.drain(server); cluster.worker.disconnect(); });
}`;

const SOCKET = '[Socket]\nListenStream=127.0.0.1:8085\nFileDescriptorName=web\nBacklog=64\n';

async function workers(machine: Machine): Promise<string[]> {
  const status = await machine.show(UNIT, 'StatusText');
  return status === '' ? [] : status.split(' ');
}

interface Result {
  answers: number;
  failures: string[];
  pids: number;
}

/** The results of eight clients, while the test sends the signal to every worker and to some of the new ones. */
async function underLoad(machine: Machine, signal: string): Promise<Result> {
  const target = JSON.stringify({ host: '127.0.0.1', port: 8085, timeout: 2000 });
  const [file, ...args] = machine.enter(process.execPath, [CLIENTS, target, '8']);
  const clients = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(clients.stdout, 'readable');
  for (let round = 0; round < ROUNDS; round++) {
    const [first = ''] = await workers(machine);
    await machine.exec('sh', ['-c', `kill -${signal} ${first}`], { check: true });
    await machine.waitFor(async () => {
      const now = await workers(machine);
      return now.length === WORKERS && !now.includes(first);
    });
  }
  clients.stdin.end();
  return JSON.parse((await text(clients.stdout)).replace('started', '')) as Result;
}

describeOnSystemd(['host', 'trixie', 'sid'], 'a cluster on an activated socket', (machine) => {
  const start = async (policy: string): Promise<void> => {
    const service = `Environment=POLICY=${policy}`;
    await installService(machine(), { name: 'cluster', script: SCRIPT, service, files: { 'cluster.socket': SOCKET } });
    await machine().systemctl('start', 'cluster.socket', UNIT);
    expect(await workers(machine())).toHaveLength(WORKERS);
  };

  afterEach(async () => {
    await machine().systemctl('stop', 'cluster.socket', UNIT);
  });

  test.each(['rr', 'none'])('scheduled by %s: workers that leave are not missed', async (policy) => {
    await start(policy);
    const { answers, failures, pids } = await underLoad(machine(), 'TERM');
    expect(failures).toEqual([]);
    expect(answers).toBeGreaterThan(ROUNDS);
    expect(pids).toBeGreaterThan(1);
  });

  // Only the requests that the worker was answering are lost: no connection is refused, and none waits forever.
  test.each(['rr', 'none'])('scheduled by %s: no connection is refused while workers are killed', async (policy) => {
    await start(policy);
    const { answers, failures, pids } = await underLoad(machine(), 'KILL');
    expect(failures.filter((failure) => !/ECONNRESET|socket hang up/.test(failure))).toEqual([]);
    expect(failures.length).toBeLessThan(8 * ROUNDS);
    expect(answers).toBeGreaterThan(ROUNDS);
    expect(pids).toBeGreaterThan(1);
  });
});
