// node --expose-gc soak.js PACKAGE IDENTIFIER COUNT PER_TURN TURN_MS BYTES: logs COUNT numbered entries, PER_TURN in each
// turn, and prints the memory and the delays of the process as JSON. TURN_MS 0 means: as fast as they leave.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';

const [, , folder, identifier, ...numbers] = process.argv;
const [count, perTurn, turnMs, bytes] = numbers.map(Number);
const { journal } = await import(join(folder, 'dist/index.js'));
const log = journal({ identifier, connect: 'always' });
const padding = 'x'.repeat(bytes);
const RESOLUTION_MS = 1;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
/** With TURN_MS 0, the program waits after so many entries until all of them have left. */
const FLUSH_EVERY = bytes > 0 ? Math.max(1, Math.floor((4 * 1024 * 1024) / bytes)) : 2000;
const WARM_UP = 1000;
let rss = 0;
let heap = 0;

function look() {
  const memory = process.memoryUsage();
  rss = Math.max(rss, memory.rss);
  heap = Math.max(heap, memory.heapUsed);
}

const settled = () => {
  globalThis.gc();
  return process.memoryUsage().heapUsed;
};
const descriptors = () => readdirSync('/proc/self/fd').length;

async function write(from, to) {
  const start = performance.now();
  for (let number = from; number < to; ) {
    const end = Math.min(to, number + perTurn);
    for (; number < end; number += 1) {
      if (bytes > 0) log.info('large', { n: number, data: number + padding });
      else log.info('request served', { n: number, requestId: '7d9f3c1e2b', user: 'alice' });
    }
    if (turnMs === 0) {
      if (number % FLUSH_EVERY === 0) await log.flush();
      // If nothing waits, flush() takes no turn of the event loop.
      await turn();
    } else await sleep(Math.max(0, start + ((number - from) / perTurn) * turnMs - performance.now()));
    if (number % (perTurn * 100) === 0) look();
  }
}

const warm = Math.min(WARM_UP, count / 10);
await write(0, warm);
await log.flush();
const before = { heap: settled(), rss: process.memoryUsage().rss, descriptors: descriptors() };
process.stdout.write('warm\n');
delay.enable();
const start = performance.now();
await write(warm, count);
const logged = performance.now();
await log.flush();
const left = performance.now();
delay.disable();
look();
console.log(
  JSON.stringify({
    seconds: (logged - start) / 1000,
    untilLeft: (left - start) / 1000,
    lagMs: Math.max(0, delay.max / 1e6 - RESOLUTION_MS),
    dropped: log.dropped,
    heapPeak: heap,
    heapGrowth: settled() - before.heap,
    rssPeak: rss,
    rssGrowth: rss - before.rss,
    descriptorGrowth: descriptors() - before.descriptors,
  }),
);
