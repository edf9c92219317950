// The same entry by other packages: JSON to a pipe that another process reads, and npm's other packages for journald.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { deliver, JOURNAL_PATH } from '../measure/delivered.js';
import { Program } from '../measure/program.js';
import { median } from '../measure/statistics.js';
import { ratioRow } from '../table.js';

const PACKAGES = ['systemd-journald', 'sd-journald', 'winston-journald'];
const WARM_UP_ROUNDS = 20;
/** So many entries fit the kernel's default buffer of one socket. */
const BATCH_MAX = 200;
const program = join(import.meta.dirname, '../programs/logger.js');

export async function others({ batch, ...rest }) {
  const settings = { ...rest, batch: Math.min(batch, BATCH_MAX) };
  const command = (kind) => [process.execPath, program, settings.package, kind];
  const present = PACKAGES.filter(isInstalled);
  const journald = await deliver(
    JOURNAL_PATH,
    {
      readyd: command('readyd'),
      adapter: command('readyd/pino'),
      transport: command('readyd/winston'),
      ...Object.fromEntries(present.map((name) => [name, command(name)])),
    },
    settings,
  );
  const { readyd, adapter, transport } = journald;
  const pino = await toPipe(command('pino'), 3, settings);
  const winston = await toPipe(command('winston'), 2, settings);
  const row = (against, { wall, cpu }) => [
    ratioRow({ what: 'log.info()', value: readyd.wall, against, baseline: wall, target: 1 }),
    ratioRow({ what: 'log.info(), processor', value: readyd.cpu, against, baseline: cpu }),
  ];
  return [
    ...row('pino, JSON to a pipe', pino),
    ratioRow({
      what: 'readyd/pino, processor',
      value: adapter.cpu,
      against: 'pino, JSON to a pipe',
      baseline: pino.cpu,
      target: 1.2,
    }),
    ratioRow({
      what: 'readyd/winston, processor',
      value: transport.cpu,
      against: 'winston, Console to a pipe',
      baseline: winston.cpu,
      target: 1,
    }),
    ...present.flatMap((name) => row(name, journald[name])),
    ...PACKAGES.filter((name) => !present.includes(name)).map((name) => ({
      what: 'log.info()',
      value: '',
      against: `${name}: not built here`,
    })),
  ];
}

/** Loads it in another process: its addon may be missing, and a loaded package may keep a process alive. */
function isInstalled(name) {
  const program = `require(${JSON.stringify(name)}); process.exit();`;
  return spawnSync(process.execPath, ['-e', program], { cwd: import.meta.dirname, stdio: 'ignore' }).status === 0;
}

/** The logger writes to this descriptor. */
async function toPipe(command, descriptor, { rounds, batch }) {
  const script = `exec "$0" "$@" ${descriptor}> >(exec cat >/dev/null)`;
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
