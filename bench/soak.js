// Long runs against a real journald: node soak.js [--million] [--large] [--files] [--huge] [--stopped] [--stall-2] [--stall-6]
//   [--package FOLDER]. Without a choice, all of them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { describeMachine } from './machine.js';
import { Journald } from './measure/journald.js';
import { enterNamespaces } from './namespaces.js';

/**
 * The runs. Each logs `count` entries, `perTurn` of them every `turnMs`; with `turnMs` 0, as fast as they leave. `stallMs`:
 * how long journald stops meanwhile. `smallBuffer`: the socket has the default send buffer, 208 KiB, so that an entry of
 * 256 KiB travels in a sealed file. `lossless`: no entry may be lost.
 */
const RUNS = {
  million: { count: 1_000_000, perTurn: 100, turnMs: 0, bytes: 0, stallMs: 0, lossless: true },
  large: { count: 100_000, perTurn: 1, turnMs: 0, bytes: 256 * 1024, stallMs: 0, lossless: true },
  files: { count: 100_000, perTurn: 1, turnMs: 0, bytes: 256 * 1024, smallBuffer: true, stallMs: 0, lossless: true },
  huge: { count: 1000, perTurn: 1, turnMs: 0, bytes: 9 * 1024 * 1024, stallMs: 0, lossless: true },
  stopped: { count: 45_000, perTurn: 15, turnMs: 1, bytes: 0, stallMs: 3000, lossless: true },
  'stall-2': { count: 20_000, perTurn: 10, turnMs: 1, bytes: 0, stallMs: 2000, lossless: true },
  'stall-6': { count: 300_000, perTurn: 50, turnMs: 1, bytes: 0, stallMs: 6000, lossless: false },
};
/** Without CAP_NET_ADMIN, like most services: with it, a program may set a buffer of any length, and seldom sends a file. */
const UNPRIVILEGED = ['--bounding-set=-net_admin', '--inh-caps=-net_admin', '--'];
const SMALL_BUFFER = join(import.meta.dirname, 'build/small-buffer.so');
const MIB = 1024 * 1024;

const boolean = { type: 'boolean' };
const { values } = parseArgs({
  options: {
    ...Object.fromEntries(Object.keys(RUNS).map((name) => [name, boolean])),
    package: { type: 'string', default: resolve(import.meta.dirname, '..') },
  },
});
const folder = resolve(values.package);

async function soak(journald, name, run) {
  const { count, perTurn, turnMs, bytes, smallBuffer, stallMs } = run;
  const program = join(import.meta.dirname, 'programs/soak.js');
  const child = spawn(
    'setpriv',
    [
      ...UNPRIVILEGED,
      process.execPath,
      '--expose-gc',
      program,
      folder,
      `soak-${name}`,
      ...[count, perTurn, turnMs, bytes].map(String),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...(smallBuffer && { LD_PRELOAD: SMALL_BUFFER }) } },
  );
  const ended = once(child, 'exit');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  await lines.next();
  const stalled = journald.stall(stallMs);
  const { value } = await lines.next();
  await Promise.all([stalled, ended]);
  if (value === undefined) throw new Error(`${name}: the program has ended; see above`);
  return { ...JSON.parse(value), ...(await stored(journald, name)), count };
}

async function stored(journald, name) {
  let found = 0;
  let inOrder = true;
  let last = -1;
  let told = 0;
  for await (const { N, READYD_DROPPED } of journald.entries(`soak-${name}`)) {
    found += 1;
    inOrder &&= Number(N) > last;
    last = Number(N);
    told += Number(READYD_DROPPED ?? 0);
  }
  return { found, inOrder, told };
}

function row(name, { lossless }, result) {
  const { count, found, told, inOrder, dropped } = result;
  const right = inOrder && found + told === count && told === dropped && (!lossless || dropped === 0);
  const mib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;
  const cells = [
    name,
    count,
    found,
    told,
    inOrder ? 'kept' : 'BROKEN',
    `${result.seconds.toFixed(1)} s`,
    `${result.lagMs.toFixed(1)} ms`,
    mib(result.heapGrowth),
    mib(result.rssPeak),
    mib(result.rssGrowth),
    result.descriptorGrowth,
    right ? 'right' : 'WRONG',
  ];
  return `| ${cells.join(' | ')} |`;
}

async function main() {
  const chosen = Object.keys(RUNS).filter((name) => values[name]);
  if (enterNamespaces(folder)) return;
  const journald = await new Journald().start();
  try {
    console.log(
      `${describeMachine({ rounds: 1, batch: 1 }).split('\n')[0]}, Node ${process.versions.node}, ${journald.version}\n`,
    );
    console.log(
      '| run | logged | stored | counted | order | logging took | worst loop lag | heap growth | resident, peak | resident growth | descriptor growth | |',
    );
    console.log('|---|---|---|---|---|---|---|---|---|---|---|---|');
    for (const name of chosen.length > 0 ? chosen : Object.keys(RUNS)) {
      console.log(row(name, RUNS[name], await soak(journald, name, RUNS[name])));
    }
  } finally {
    await journald.stop();
  }
}

await main();
