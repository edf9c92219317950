// The end of a cluster that knows nothing of readyd: a connection that the primary has accepted reaches a worker, also when
// both are stopping. Runs under the stand-in manager.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createManager } from '../../src/manager/manager.ts';
import { packageRoot } from '../systemd/boot.ts';

const CLUSTER = `
  const cluster = require('node:cluster');
  const { writeFileSync } = require('node:fs');
  if (cluster.isPrimary) cluster.fork();
  else require('node:http').createServer((_, response) => response.end('hello')).listen(3000, () => {
    writeFileSync(process.argv[2], String(process.pid));
  });`;
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

test('a worker serves a connection that its primary has accepted while both stop', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'readyd-cluster-end-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const script = join(folder, 'cluster.cjs');
  writeFileSync(script, CLUSTER);
  const manager = await createManager({ listen: { web: '127.0.0.1:0' } });
  onTestFinished(() => manager.close());
  const { NODE_OPTIONS: _, ...env } = process.env;
  const pidFile = join(folder, 'pid');
  const preload = join(packageRoot(), 'dist/auto.cjs');
  const daemon = await manager.start(process.execPath, ['--require', preload, script, pidFile], { env });
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
});
