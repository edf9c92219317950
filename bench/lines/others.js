// The same entry by other packages: JSON to a pipe that somebody empties, and what else npm has for journald.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { deliver, JOURNAL_PATH } from '../measure/delivered.js';
import { Program } from '../measure/program.js';
import { median } from '../measure/statistics.js';
import { ratioRow } from '../table.js';

const PACKAGES = ['systemd-journald', 'sd-journald', 'winston-journald'];
const WARM_UP_ROUNDS = 20;
/** What fits the kernel's buffer of one socket, where its owner does not ask for a larger one. */
const BATCH_MAX = 200;
const program = join(import.meta.dirname, '../programs/logger.js');

export async function others({ batch, ...rest }) {
  const settings = { ...rest, batch: Math.min(batch, BATCH_MAX) };
  const command = (kind) => [process.execPath, program, settings.package, kind];
  const present = PACKAGES.filter(isInstalled);
  const journald = await deliver(
    JOURNAL_PATH,
    { readyd: command('readyd'), ...Object.fromEntries(present.map((name) => [name, command(name)])) },
    settings,
  );
  const { readyd } = journald;
  const pino = await toPipe(command('pino'), settings);
  const row = (against, { wall, cpu }) => [
    ratioRow({ what: 'log.info()', value: readyd.wall, against, baseline: wall, target: 1 }),
    ratioRow({ what: 'log.info(), processor', value: readyd.cpu, against, baseline: cpu }),
  ];
  return [
    ...row('pino, JSON to a pipe', pino),
    ...present.flatMap((name) => row(name, journald[name])),
    ...PACKAGES.filter((name) => !present.includes(name)).map((name) => ({
      what: 'log.info()',
      value: '',
      against: `${name}: not built here`,
    })),
  ];
}

/** A package that is built when it is installed may be there without its addon. */
function isInstalled(name) {
  try {
    createRequire(import.meta.url)(name);
    return true;
  } catch {
    return false;
  }
}

async function toPipe(command, { rounds, batch }) {
  const script = 'exec "$0" "$@" 3> >(exec cat >/dev/null)';
  const sender = await Program.start(['bash', '-c', script, ...command]);
  const results = { wall: [], cpu: [] };
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    const [start, end, cpu] = await sender.numbers(batch);
    if (round < 0) continue;
    results.wall.push((end - start) / batch);
    results.cpu.push(cpu / batch);
  }
  await sender.stop();
  return { wall: median(results.wall), cpu: median(results.cpu) };
}
