// From exec to READY: a program of service() against one that only calls ready(), in turn.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { NOTIFY_PATH, startReceiver } from '../measure/delivered.js';
import { median } from '../measure/statistics.js';
import { limitRow, time } from '../table.js';

const LIMIT_NS = 5_000_000;
const WARM_UP_ROUNDS = 2;
/** The number of messages that each sends until it is ready: service() first asks for more time to start. */
const MESSAGES = { ready: 1, service: 2 };

export async function service(settings) {
  const receiver = await startReceiver(NOTIFY_PATH);
  const results = { ready: [], service: [] };
  for (let round = -WARM_UP_ROUNDS; round < settings.rounds; round += 1) {
    for (const [kind, times] of Object.entries(results)) {
      const taken = await start(settings, kind, receiver);
      if (round >= 0) times.push(taken);
    }
  }
  await receiver.stop();
  const value = median(results.service) - median(results.ready);
  const against = `a program that calls ready(): ${time(median(results.ready))}`;
  return [limitRow({ what: 'service(), added from exec to READY', value, against, limit: LIMIT_NS })];
}

/** In nanoseconds. */
async function start({ package: folder }, kind, receiver) {
  const answer = receiver.numbers(MESSAGES[kind]);
  const begin = performance.now();
  const child = spawn(process.execPath, [join(import.meta.dirname, '../programs/start.js'), folder, kind], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NOTIFY_SOCKET: NOTIFY_PATH },
  });
  const [, arrived] = await answer;
  const taken = (performance.now() - begin) * 1e6;
  child.kill('SIGKILL');
  await once(child, 'exit');
  if (arrived !== MESSAGES[kind]) throw new Error(`start.js ${kind}: ${arrived} of ${MESSAGES[kind]} messages arrived`);
  return taken;
}
