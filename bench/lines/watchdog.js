// What a watchdog costs a server: HTTP requests against a server without readyd, all of them taking turns.
import { join } from 'node:path';
import { NOTIFY_PATH, startReceiver } from '../measure/delivered.js';
import { takeTurns } from '../measure/load.js';
import { Program } from '../measure/program.js';
import { median } from '../measure/statistics.js';

const TARGETS = { watchdog: 0.99, diagnose: 0.98 };
const WHAT = { watchdog: 'requests a second with watchdog()', diagnose: 'requests a second with diagnose: true' };
/** Far shorter than any real unit's interval. */
const WATCHDOG_USEC = '1000000';

export async function watchdog(settings) {
  // The receiver's queue holds all pings of the run.
  const receiver = await startReceiver(NOTIFY_PATH);
  const start = (kind) =>
    Program.start([process.execPath, join(import.meta.dirname, '../programs/server.js'), settings.package, kind], {
      env: { NOTIFY_SOCKET: NOTIFY_PATH, WATCHDOG_USEC },
    });
  const servers = { own: await start('own'), watchdog: await start('watchdog'), diagnose: await start('diagnose') };
  const results = await takeTurns(servers, settings.rounds);
  await Promise.all([receiver, ...Object.values(servers)].map((program) => program.stop()));
  return Object.keys(TARGETS).map((kind) => row(kind, results));
}

function row(kind, results) {
  const rate = (name) => median(results[name].map(({ rate }) => rate)).toFixed(0);
  // The servers take turns, so that other load on the machine affects both.
  const ratio = median(results[kind].map(({ rate }, round) => rate / results.own[round].rate));
  return {
    what: WHAT[kind],
    value: rate(kind),
    against: `without readyd ${rate('own')}`,
    ratio,
    target: `≥ ${TARGETS[kind]}`,
    met: ratio >= TARGETS[kind],
  };
}
