// A service that writes without a pause: the stand-in must go on with all its other work, within bounded memory.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { LONG, testWith } from '../left-out.ts';
import { beginWith, ended, FOLDER, program, READYD, STAY, shows } from './running.ts';

const MESSAGES = 10_000;
const ENTRIES = 60_000;
/** 60 000 entries have 240 MiB, of which the stand-in keeps 64 MiB. If it keeps more, V8 runs out of memory. */
const HEAP_MEBIBYTES = 200;
/** A field that the stand-in keeps and does not show: so the kept entries weigh more than the lines that pass through. */
const UNSEEN = 'x'.repeat(40);

// Another client of the same manager: makes one round trip after another until its stdin ends.
const CLIENT = `
import { barrier } from '${READYD}';
let wanted = true;
process.stdin.once('end', () => (wanted = false)).resume();
const times = [];
console.log('goes');
do {
  const began = performance.now();
  await barrier({ timeout: 30_000 });
  times.push(performance.now() - began);
  await new Promise((resolve) => setTimeout(resolve, 10));
} while (wanted);
console.log(times.length, Math.round(Math.max(...times)));`;

const FLOOD = `
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
async function beside(flood) {
  const client = spawn(process.execPath, ['${FOLDER}/client.mjs'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(client.stdout, 'readable'); // its first round trip
  await flood();
  client.stdin.end();
  return (await text(client.stdout)).replace('goes', '').trim();
}
const log = sd.journal({ overflow: 'block' });
await sd.ready();
const messages = await beside(async () => {
  for (let i = 0; i < ${MESSAGES}; i += 1) sd.notifySync({ status: 'message ' + i });
});
const entries = await beside(async () => {
  for (let i = 0; i < ${ENTRIES}; i += 1) log.info('entry ' + i, { codeFunc: '${UNSEEN}'.repeat(100) + i });
  await log.flush();
});
await sd.barrier();
await sd.status('done: ' + messages + ', ' + entries);
${STAY}`;

function residentMebibytes(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

testWith(LONG, `${MESSAGES} messages and ${ENTRIES} entries`, async () => {
  writeFileSync(join(FOLDER, 'client.mjs'), CLIENT);
  const { child } = beginWith(
    { NODE_OPTIONS: `--max-old-space-size=${HEAP_MEBIBYTES}` },
    '--',
    process.execPath,
    program(FLOOD),
  );
  let most = 0;
  const watching = setInterval(() => {
    if (child.exitCode === null && child.signalCode === null) most = Math.max(most, residentMebibytes(child.pid));
  }, 100);
  const shown = await shows(/STATUS=done: /);
  clearInterval(watching);
  expect(shown.match(/ {2}entry \d/g)).toHaveLength(ENTRIES);
  const [, rounds = '', worst = '', others = '', worstOther = ''] =
    /STATUS=done: (\d+) (\d+), (\d+) (\d+)/.exec(shown) ?? [];
  child.kill('SIGINT');
  expect(await ended()).toBe(0);
  console.log(
    `${rounds} and ${others} round trips during the floods, ${worst} and ${worstOther} ms at most; ` +
      `${Math.round(most)} MiB at most`,
  );
  // Only the last round trip of each may end after the flood.
  expect(Math.min(Number(rounds), Number(others))).toBeGreaterThan(1);
  expect(most).toBeLessThan(400);
});
