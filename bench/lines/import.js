// The time that `import 'readyd'` adds to the start of a program, the two taking turns; the time of the first ready(), which
// loads the addon; and whether the import alone loads no addon. On this Node, and on 26 if test/runtimes.sh installed it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { NOTIFY_PATH, startReceiver } from '../measure/delivered.js';
import { median } from '../measure/statistics.js';
import { limitRow, time } from '../table.js';

const IMPORT_LIMIT_NS = 8_000_000;
/** The start of a program that imports readyd, divided by that of an empty one: the median over pairs of successive runs. */
const RATIO_LIMIT = 1.1;
const READY_LIMIT_NS = 1_000_000;
/** In the tmpfs of the run, like a project that has the package installed. */
const PROJECT = '/run/project';
const PROGRAMS = {
  'empty.mjs': '',
  'import.mjs': "import 'readyd';\n",
  // The first await of a program costs extra time, so the program awaits once before it measures.
  'ready.mjs': `import { ready } from 'readyd';
await undefined;
const begin = process.hrtime.bigint();
await ready();
console.log(String(process.hrtime.bigint() - begin));
`,
  'maps.mjs': `import 'readyd';
import { readFileSync } from 'node:fs';
console.log(readFileSync('/proc/self/maps', 'utf8').includes('readyd.node') ? 'loaded' : 'not loaded');
`,
};

export async function importing(settings) {
  prepare(settings.package);
  const receiver = await startReceiver(NOTIFY_PATH);
  try {
    return nodes().flatMap((node) => measure(node, settings));
  } finally {
    await receiver.stop();
  }
}

function nodes() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const newest = join(cache, 'readyd/node/26/node');
  return existsSync(newest) ? [process.execPath, newest] : [process.execPath];
}

function measure(node, { rounds }) {
  const [empty, full, ready, ratios] = [[], [], [], []];
  for (let round = -2; round < rounds; round += 1) {
    const [without, with_, first] = [
      timed(node, 'empty.mjs'),
      timed(node, 'import.mjs'),
      Number(run(node, 'ready.mjs')),
    ];
    if (round < 0) continue;
    empty.push(without);
    full.push(with_);
    ready.push(first);
    ratios.push(with_ / without);
  }
  const on = `on Node ${execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim()}`;
  const value = median(full) - median(empty);
  const against = `node with an empty module: ${time(median(empty))}`;
  const addon = run(node, 'maps.mjs').trim();
  const ratio = median(ratios);
  return [
    {
      what: `the start of a program with the import ${on}`,
      value: time(median(full)),
      against,
      ratio,
      target: `≤ ${RATIO_LIMIT}`,
      met: ratio <= RATIO_LIMIT,
    },
    limitRow({ what: `import 'readyd' ${on}, added`, value, against, limit: IMPORT_LIMIT_NS }),
    limitRow({ what: `the first ready() ${on}`, value: median(ready), limit: READY_LIMIT_NS }),
    { what: `the addon after the import ${on}`, value: addon, target: 'not', met: addon === 'not loaded' },
  ];
}

function prepare(folder) {
  mkdirSync(join(PROJECT, 'node_modules'), { recursive: true });
  rmSync(join(PROJECT, 'node_modules/readyd'), { force: true });
  symlinkSync(folder, join(PROJECT, 'node_modules/readyd'));
  for (const [name, content] of Object.entries(PROGRAMS)) writeFileSync(join(PROJECT, name), content);
}

function run(node, program) {
  return execFileSync(node, [join(PROJECT, program)], {
    encoding: 'utf8',
    env: { ...process.env, NOTIFY_SOCKET: NOTIFY_PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Nanoseconds. */
function timed(node, program) {
  const begin = performance.now();
  run(node, program);
  return (performance.now() - begin) * 1e6;
}
