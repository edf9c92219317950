// The stop of a cluster: a connection that the primary has accepted reaches a worker, also when both stop. Runs under the
// stand-in manager.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createManager } from '../../src/manager/manager.ts';
import { packageRoot } from '../systemd/boot.ts';

const READYD = JSON.stringify(join(packageRoot(), 'dist/index.cjs'));
const SERVER = `require('node:http').createServer((_, response) => response.end('hello'))`;
/** A worker writes its pid when it listens. */
const HERE = `require('node:fs').writeFileSync(process.argv[2], String(process.pid))`;
const SERVICE = `
  const server = ${SERVER};
  service({
    start: async () => {
      await listen(server, { name: 'web' });
      ${HERE};
    },
    stop: () => drain(server),
  });`;

/** Programs with one worker, and Node's options for them. */
const CLUSTERS = {
  'a program that knows nothing of readyd, with readyd/auto': {
    options: ['--require', join(packageRoot(), 'dist/auto.cjs')],
    program: `
      const cluster = require('node:cluster');
      if (cluster.isPrimary) cluster.fork();
      else ${SERVER}.listen(3000, () => ${HERE});`,
  },
  'a workerPool()': {
    options: [],
    program: `
      const { drain, listen, service, workerPool } = require(${READYD});
      if (require('node:cluster').isPrimary) service(workerPool({ count: 1 }));
      else {${SERVICE}
      }`,
  },
  'a service() that forks its workers itself': {
    options: [],
    program: `
      const cluster = require('node:cluster');
      const { once } = require('node:events');
      const { drain, listen, listenFds, service } = require(${READYD});
      let worker;
      const primary = {
        start: async () => {
          listenFds();
          worker = cluster.fork({ NOTIFY_SOCKET: undefined });
          await once(worker, 'listening');
        },
        stop: () => once(worker, 'exit'),
      };
      if (cluster.isPrimary) service(primary);
      else {${SERVICE}
      }`,
  },
};
const SIGTERM_BIT = 1n << 14n;
/** How long a worker may take to handle a signal that it has received. Too short, and the test only shows less. */
const HANDLED_MS = 300;

/** Whether SIGTERM waits for a thread of the process. */
function isPending(pid: number): boolean {
  const masks = readFileSync(`/proc/${pid}/status`, 'utf8').matchAll(/^(?:Sig|Shd)Pnd:\s+([0-9a-f]+)$/gm);
  return [...masks].some(([, mask]) => (BigInt(`0x${mask}`) & SIGTERM_BIT) !== 0n);
}

async function ask(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', agent: false }, (response) => resolve(text(response))).on('error', reject);
  });
}

test.each(Object.entries(CLUSTERS))(
  '%s serves a connection that its primary has accepted while it stops',
  async (_, { options, program }) => {
    const folder = mkdtempSync(join(tmpdir(), 'readyd-cluster-stop-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const script = join(folder, 'cluster.cjs');
    writeFileSync(script, program);
    const manager = await createManager({ listen: { web: '127.0.0.1:0' } });
    onTestFinished(() => manager.close());
    const { NODE_OPTIONS: __, ...env } = process.env;
    const pidFile = join(folder, 'pid');
    const daemon = await manager.start(process.execPath, [...options, script, pidFile], { env });
    await daemon.ready();
    // The worker listens a moment after its primary.
    let worker = 0;
    while (worker === 0) {
      await sleep(10);
      if (existsSync(pidFile)) worker = Number(readFileSync(pidFile, 'utf8'));
    }
    const [socket] = manager.sockets;
    const port = socket?.address !== undefined && 'port' in socket.address ? socket.address.port : 0;

    // The primary stops here, so that it accepts the connection in the same turn in which it gets SIGTERM.
    process.kill(daemon.pid, 'SIGSTOP');
    const answer = ask(port);
    process.kill(worker, 'SIGTERM');
    while (isPending(worker)) await sleep(10);
    await sleep(HANDLED_MS);
    process.kill(daemon.pid, 'SIGTERM');
    process.kill(daemon.pid, 'SIGCONT');
    expect(await answer).toBe('hello');
    expect(await daemon.ended).toMatchObject({ code: 0, signal: null });
  },
);

test('a primary that looks for a free port keeps neither listeners nor handles', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'readyd-cluster-stop-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const script = join(folder, 'primary.cjs');
  writeFileSync(
    script,
    `
    const cluster = require('node:cluster');
    const { once } = require('node:events');
    const { createServer } = require('node:net');
    const { listenFds, status } = require(${READYD});
    const warnings = [];
    process.on('warning', ({ name }) => warnings.push(name));

    async function lookForPorts() {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const { port } = taken.address();
      const server = createServer();
      for (let attempt = 0; attempt < 20; attempt += 1) {
        server.listen(port, '127.0.0.1');
        await once(server, 'error');
      }
      for (let probe = 0; probe < 5; probe += 1) {
        const tested = createServer();
        tested.listen(0, '127.0.0.1', () => tested.close());
        await once(tested, 'close');
      }
      const { handles } = globalThis[Symbol.for('readyd.process')].get('cluster-stop@1');
      await status(JSON.stringify({ warnings, handles: handles.size }));
    }

    if (cluster.isPrimary) {
      listenFds();
      cluster.fork({ NOTIFY_SOCKET: undefined });
      cluster.once('online', lookForPorts);
    }`,
  );
  const manager = await createManager({ listen: { web: '127.0.0.1:0' } });
  onTestFinished(() => manager.close());
  const { NODE_OPTIONS: _, ...env } = process.env;
  const daemon = await manager.start(process.execPath, [script], { env });
  await daemon.until('the result', ({ status }) => status !== undefined && status !== '');
  expect(daemon.status).toBe('{"warnings":[],"handles":0}');
});
