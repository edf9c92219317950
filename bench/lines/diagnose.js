// The memory of a server with the diagnosis against the memory of the same server without it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NOTIFY_PATH, startReceiver } from '../measure/delivered.js';
import { Program } from '../measure/program.js';
import { median } from '../measure/statistics.js';
import { limitRow } from '../table.js';

/** Node's worker thread alone takes up to 12.7 MiB of this limit. */
const LIMIT_BYTES = 15 * 1024 * 1024;
/** The figure hardly varies, so more rounds would not change it. */
const RUNS_MAX = 7;
/** By then the memory no longer changes. */
const SETTLE_MS = 2500;

export async function diagnose(settings) {
  const receiver = await startReceiver(NOTIFY_PATH);
  const results = { watchdog: [], diagnose: [] };
  for (let run = 0; run < Math.min(settings.rounds, RUNS_MAX); run += 1) {
    for (const [kind, memory] of await measure(settings, Object.keys(results))) results[kind].push(memory);
  }
  await receiver.stop();
  const added = (key) =>
    median(results.diagnose.map((memory) => memory[key])) - median(results.watchdog.map((memory) => memory[key]));
  const against = `watchdog() alone: ${bytes(median(results.watchdog.map(({ Rss }) => Rss)))}`;
  return [
    limitRow({
      what: 'resident memory, added by diagnose: true',
      value: added('Rss'),
      format: bytes,
      against,
      limit: LIMIT_BYTES,
    }),
    { what: 'of that, not shared with other programs', value: bytes(added('Private_Dirty')) },
  ];
}

/** Measures one server of each kind at the same time. */
async function measure({ package: folder }, kinds) {
  const program = join(import.meta.dirname, '../programs/server.js');
  const env = { NOTIFY_SOCKET: NOTIFY_PATH, WATCHDOG_USEC: '30000000' };
  const servers = await Promise.all(
    kinds.map((kind) => Program.start([process.execPath, program, folder, kind], { env })),
  );
  await sleep(SETTLE_MS);
  const found = servers.map(({ pid }, index) => [kinds[index], readMemory(pid)]);
  await Promise.all(servers.map((server) => server.stop()));
  return found;
}

/** proc_pid_smaps(5), in bytes. */
function readMemory(pid) {
  const lines = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').matchAll(/^(\w+): +(\d+) kB$/gm);
  return Object.fromEntries([...lines].map(([, name, kilobytes]) => [name, Number(kilobytes) * 1024]));
}

function bytes(value) {
  return `${(value / 1024 / 1024).toFixed(1)} MiB`;
}
