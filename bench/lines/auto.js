// The cost of readyd/auto for a program that does not use readyd: processor time from the start to READY and of a
// console.log, and requests per second. Runs with and without the preload take turns.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { NOTIFY_PATH, startReceiver } from '../measure/delivered.js';
import { Journald, setQueue } from '../measure/journald.js';
import { takeTurns } from '../measure/load.js';
import { Program } from '../measure/program.js';
import { median } from '../measure/statistics.js';
import { pairedRow } from '../table.js';

const START_TARGET = 1.2;
const CONSOLE_TARGET = 1;
const RATE_TARGET = 0.99;
const CALLS = 40_000;
const CONSOLE_ROUNDS = 11;
const WARM_UP_ROUNDS = 2;
/**
 * Two processes of the same server differ by up to 3 % for as long as they live. So several pairs are compared, and each of
 * the two is started first in turn.
 */
const PAIRS = 10;
/** Starts the program as systemd starts a service: SYSTEMD_EXEC_PID is the pid of the process. */
const AS_SERVICE = 'export SYSTEMD_EXEC_PID=$$; exec "$0" "$@"';
/** The same, and standard output is the journal. */
const WITH_JOURNAL = `export JOURNAL_STREAM=$(stat --dereference --format=%d:%i /proc/$$/fd/1); ${AS_SERVICE}`;
const program = (name) => join(import.meta.dirname, `../programs/${name}.js`);

export async function auto(settings) {
  const receiver = await startReceiver(NOTIFY_PATH);
  setQueue(512);
  const journald = await new Journald().start();
  try {
    return [...(await processorTimes(settings)), await rates(settings)];
  } finally {
    await journald.stop();
    await receiver.stop();
  }
}

/** The two options by which Node loads the preload. */
function preloads(folder) {
  return {
    '--import': ['--import', join(folder, 'dist/auto.js')],
    '--require': ['--require', join(folder, 'dist/auto.cjs')],
  };
}

function command(script, options, file, ...args) {
  return ['sh', '-c', script, process.execPath, ...options, file, ...args];
}

async function processorTimes({ package: folder, rounds }) {
  const start = await inTurn(preloads(folder), rounds, ['start']);
  const { '--require': option } = preloads(folder);
  const calls = await inTurn({ '--require': option }, CONSOLE_ROUNDS, ['console', String(CALLS)]);
  return [...rowsOf('start of a server', start, START_TARGET), ...rowsOf('console.log', calls, CONSOLE_TARGET)];
}

function rowsOf(title, { without, ...others }, target) {
  return Object.entries(others).map(([name, result]) =>
    pairedRow({
      what: `${title} with ${name} readyd/auto, processor`,
      result,
      against: 'node alone',
      baseline: without,
      key: 'cpu',
      target,
    }),
  );
}

async function inTurn(variants, rounds, args) {
  const all = Object.entries({ without: [], ...variants }).map(([name, options]) => ({ name, options, rounds: [] }));
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    for (const one of all) {
      const cpu = await run(args, one.options);
      if (round >= 0) one.rounds.push({ cpu });
    }
  }
  return Object.fromEntries(
    all.map(({ name, rounds }) => [name, { rounds, cpu: median(rounds.map(({ cpu }) => cpu)) }]),
  );
}

/** Nanoseconds. Only the `console` program, which prints, has a journald stream. */
async function run([kind, ...args], options) {
  const words = command(WITH_JOURNAL, options, program('preloaded'), kind, ...args);
  const output = openSync('/run/bench-output', 'a');
  const [first, ...others] = kind === 'console' ? ['systemd-cat', '--identifier=bench', ...words] : words;
  const child = spawn(first, others, {
    stdio: ['ignore', output, 'inherit', 'pipe'],
    env: { ...process.env, NOTIFY_SOCKET: NOTIFY_PATH },
  });
  closeSync(output);
  let text = '';
  for await (const data of child.stdio[3]) text += data;
  if (text === '') throw new Error(`${words.join(' ')} has ended; see the journal`);
  return Number(text);
}

async function rates({ package: folder, rounds }) {
  const { '--require': option } = preloads(folder);
  const file = program('server');
  const env = { NOTIFY_SOCKET: NOTIFY_PATH };
  const preloaded = [];
  const without = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const servers = {};
    const names = pair % 2 === 0 ? ['preloaded', 'without'] : ['without', 'preloaded'];
    for (const [index, name] of names.entries()) {
      const options = name === 'preloaded' ? option : [];
      const words = command(AS_SERVICE, options, file, folder, 'own', String(4002 + index));
      servers[name] = await Program.start(words, { env });
    }
    const results = await takeTurns(servers, rounds);
    await Promise.all(Object.values(servers).map((server) => server.stop()));
    preloaded.push(...results.preloaded);
    without.push(...results.without);
  }
  const middle = (results) => median(results.map(({ rate }) => rate));
  const ratio = median(preloaded.map(({ rate }, index) => rate / without[index].rate));
  return {
    what: 'requests a second with readyd/auto',
    value: middle(preloaded).toFixed(0),
    against: `node alone ${middle(without).toFixed(0)}`,
    ratio,
    target: `≥ ${RATE_TARGET}`,
    met: ratio >= RATE_TARGET,
  };
}
