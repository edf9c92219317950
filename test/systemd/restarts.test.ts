// Restarts under load: no client is refused, and none is reset before its answer. The Node lines restart side by side.
import { describe, expect, test } from 'vitest';
import { NODE_MAJORS, runtime } from '../runtimes.ts';
import { Clients } from './load.ts';
import type { Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { installService } from './service.ts';

const NODES = NODE_MAJORS.flatMap((major) => runtime(major) ?? []);
const SERVER = `
  import { createServer } from 'node:http';
  import { createServer as createHttp2 } from 'node:http2';
  // Requests are always under way, and the processor has time for the restarts.
  const answer = (_, response) => setTimeout(() => response.end(process.pid + ' answers'), 20 + 40 * Math.random());
  const servers = { web: createServer(answer), h2: createHttp2(answer) };
  await readyd.service({
    start: () => Promise.all(readyd.listenFds().names.map((name) => readyd.listen(servers[name], { name }))),
    stop: () => Promise.all(Object.values(servers).map((server) => readyd.drain(server))),
  });`;

const POOL = `
  import cluster from 'node:cluster';
  import { createServer } from 'node:http';
  const server = createServer((_, response) => response.end(process.ppid + ' answers'));
  if (cluster.isPrimary) await readyd.service(readyd.workerPool({ count: 2 }));
  else await readyd.service({
    start: () => readyd.listen(server, { name: 'web' }),
    stop: () => readyd.drain(server),
  });`;

async function restart(machine: Machine, units: readonly string[], times: number): Promise<void> {
  for (let round = 0; round < times; round++) {
    await machine.systemctl('restart', units[round % units.length] ?? '');
  }
}

describeOnSystemd(
  ['host', 'trixie', 'sid'],
  'restarts under load',
  (machine, target) => {
    // Ten on each Node line; on the other systemds three, on the lowest line and the highest.
    const times = target === 'host' ? 10 : 3;
    const majors = target === 'host' ? NODE_MAJORS : NODE_MAJORS.filter((major) => major === 20 || major === 26);

    describe.concurrent.each(majors)('on Node %i', (major) => {
      test(`${times} under sixteen clients that keep their connection, and under HTTP/2`, async () => {
        const node = runtime(major);
        if (node === undefined) throw new Error(`test/runtimes.sh ${major} installs it`);
        const port = 9000 + major * 2;
        const name = `load-${major}`;
        const socket = (kind: string, number: number): string =>
          `[Socket]\nListenStream=127.0.0.1:${number}\nFileDescriptorName=${kind}\nService=${name}.service\n`;
        const unit = await installService(machine(), {
          name,
          node,
          script: SERVER,
          service: `Sockets=${name}-web.socket ${name}-h2.socket`,
          files: { [`${name}-web.socket`]: socket('web', port), [`${name}-h2.socket`]: socket('h2', port + 1) },
        });
        await machine().systemctl('start', `${name}-web.socket`, `${name}-h2.socket`, unit);
        const all = [
          await Clients.start(machine(), { port, keptAlive: 16, oneShot: 2 }),
          await Clients.start(machine(), { port: port + 1, http2: 4 }),
        ];
        await restart(machine(), [unit], times);
        const answers = await Promise.all(all.map((clients) => clients.stop()));
        console.log(
          `Node ${major}: ${answers.map((one) => `${one.answers} answers of ${one.pids} processes`).join(', ')}`,
        );
        expect(answers.flatMap(({ failures }) => failures)).toEqual([]);
        for (const { pids } of answers) expect(pids).toBeGreaterThan(times / 2);
        await machine().systemctl('stop', `${name}-web.socket`, `${name}-h2.socket`, unit);
      });
    });

    if (target !== 'host') return;

    test.concurrent('a workerPool() under sixteen clients that connect for each request, restarted ten times', async () => {
      const files = {
        'pool.socket': '[Socket]\nListenStream=127.0.0.1:9110\nFileDescriptorName=web\nService=pool.service\n',
      };
      const unit = await installService(machine(), {
        name: 'pool',
        script: POOL,
        service: 'Sockets=pool.socket',
        files,
      });
      await machine().systemctl('start', 'pool.socket', unit);
      const clients = await Clients.start(machine(), { port: 9110, keptAlive: 2, oneShot: 16 });
      await restart(machine(), [unit], 10);
      const { failures, answers, pids } = await clients.stop();
      console.log(`workerPool(): ${answers} answers of ${pids} processes`);
      expect(failures).toEqual([]);
      expect(pids).toBeGreaterThan(5);
      await machine().systemctl('stop', 'pool.socket', unit);
    });

    test.concurrent('two instances of a template unit that share one socket, restarted in turn twenty times', async () => {
      await installService(machine(), {
        name: 'twin@',
        script: SERVER,
        service: 'Sockets=twin.socket',
        files: {
          'twin.socket': '[Socket]\nListenStream=127.0.0.1:9100\nFileDescriptorName=web\nService=twin@1.service\n',
        },
      });
      const units = ['twin@1.service', 'twin@2.service'];
      await machine().systemctl('start', 'twin.socket', ...units);
      const clients = await Clients.start(machine(), { port: 9100, keptAlive: 16, oneShot: 4 });
      await restart(machine(), units, 20);
      const { answers, pids, failures } = await clients.stop();
      console.log(`twins: ${answers} answers of ${pids} processes`);
      expect(failures).toEqual([]);
      expect(pids).toBeGreaterThan(10);
      expect(await machine().show('twin@2.service', 'NRestarts')).toBe('0');
      await machine().systemctl('stop', 'twin.socket', ...units);
    });
  },
  { binds: NODES },
);
