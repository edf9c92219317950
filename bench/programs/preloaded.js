// node preloaded.js start|console COUNT: a program that does not use readyd. Writes its processor time to descriptor 3, in
// nanoseconds: from exec until it has served for 50 ms (start), or for each call of console.log.
import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const [, , kind, countText] = process.argv;
const count = Number(countText);
const WARM_UP = 5000;
/** Fewer than the queue of journald holds, so that the bench measures a call and not a wait for room. */
const BATCH = 200;
let number = 1_000_000;

async function print(calls) {
  for (let left = calls; left > 0; left -= BATCH) {
    for (let call = 0; call < BATCH; call += 1) {
      number += 1;
      console.log('request served', number, { user: 'alice' });
    }
    await sleep(5);
  }
}

function report(since, calls = 1) {
  const { user, system } = process.cpuUsage(since);
  writeSync(3, `${((user + system) * 1000) / calls}\n`);
  process.exit();
}

if (kind === 'start') {
  createServer((_request, response) => response.end()).listen(4001, '127.0.0.1', () => setTimeout(report, 50));
} else {
  await print(WARM_UP);
  const before = process.cpuUsage();
  await print(count);
  report(before, count);
}
