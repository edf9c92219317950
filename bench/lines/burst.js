// A burst into a real journald, which handles an entry more slowly than the program logs it. Measures the processor time
// until all entries have left, against pino's JSON and console.log on a stdout that goes to the same journald.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Journald, setQueue } from '../measure/journald.js';
import { median } from '../measure/statistics.js';
import { limitRow, ratioRow, time } from '../table.js';

const COUNT = 100_000;
const ROUNDS = 3;
const LAG_MS = 50;
/** The value that systemd sets at boot, and the kernel's default. */
const QUEUES = [512, 10];
const program = join(import.meta.dirname, '../programs/burst.js');

export async function burst(settings) {
  const rows = [];
  for (const queue of QUEUES) rows.push(...(await withQueue(queue, settings)));
  return rows;
}

async function withQueue(queue, settings) {
  setQueue(queue);
  const journald = await new Journald().start();
  const results = { readyd: [], pino: [], console: [] };
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const kind of Object.keys(results)) results[kind].push(await run(journald, kind, settings));
    }
  } finally {
    await journald.stop();
  }
  return report(queue, results);
}

async function run(journald, kind, settings) {
  const before = journald.cpu;
  const command = [process.execPath, program, settings.package, kind, String(COUNT)];
  const child = spawn('systemd-cat', ['--identifier=burst', ...command], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  let text = '';
  for await (const data of child.stdio[3]) text += data;
  if (text === '') throw new Error(`burst of ${kind}: the program has ended; see above`);
  await journald.synced();
  const [cpu, lag] = text.split(' ').map(Number);
  return { cpu, lag, journald: (journald.cpu - before) / COUNT };
}

function report(queue, results) {
  const middle = (kind, key) => median(results[kind].map((result) => result[key]));
  const what = `an entry of a burst, queue of ${queue}, processor`;
  const value = middle('readyd', 'cpu');
  return [
    ratioRow({ what, value, against: 'pino on stdout', baseline: middle('pino', 'cpu'), target: 1 }),
    ratioRow({ what, value, against: 'console.log', baseline: middle('console', 'cpu') }),
    ratioRow({
      what: "journald's own, processor",
      value: middle('readyd', 'journald'),
      against: 'pino on stdout',
      baseline: middle('pino', 'journald'),
    }),
    limitRow({
      what: 'event loop while the queue drains',
      value: middle('readyd', 'lag') * 1e6,
      format: time,
      limit: LAG_MS * 1e6,
    }),
  ];
}
