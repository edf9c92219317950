// What an entry costs as it grows, by fields and by bytes: node growth.js [--package FOLDER] [--svg FILE]. Prints a table
// and draws it.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { deliver, JOURNAL_PATH } from './measure/delivered.js';
import { enterNamespaces } from './namespaces.js';
import { plot } from './plot.js';
import { time } from './table.js';

const FIELDS = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const BYTES = [10, 100, 1000, 10_000, 30_000, 100_000, 150_000, 200_000, 250_000, 300_000, 1e6, 3e6, 5e6, 7e6, 1e7];
/** The most bytes in one round: more would wait in the sender's queue. */
const ROUND_BYTES = 4_000_000;
const ROUNDS = 15;
/** The receiver reads up to so many bytes of a datagram, and nothing of a sealed file. */
const RECEIVED_MAX = 1 << 20;

const { values } = parseArgs({
  options: {
    package: { type: 'string', default: resolve(import.meta.dirname, '..') },
    svg: { type: 'string', default: resolve(import.meta.dirname, '../docs/journal-growth.svg') },
  },
});
const folder = resolve(values.package);
const program = join(import.meta.dirname, 'programs/logger.js');

async function measure(shape, sizes, batchOf) {
  const points = [];
  for (const size of sizes) {
    const kind = `${shape}-${size}`;
    const command = [process.execPath, program, folder, kind];
    const { [kind]: result } = await deliver(
      JOURNAL_PATH,
      { [kind]: command },
      { rounds: ROUNDS, batch: batchOf(size) },
    );
    points.push({ size, wall: result.wall, cpu: result.cpu, memfd: result.bytes < Math.min(size, RECEIVED_MAX) });
    console.log(
      `| ${shape} | ${size} | ${time(result.wall)} | ${time(result.wall / size)} | ${result.bytes < Math.min(size, RECEIVED_MAX) ? 'sealed file' : 'datagram'} |`,
    );
  }
  return points;
}

if (!enterNamespaces(folder)) {
  console.log('| | | an entry | for each | travels as |\n|---|---|---|---|---|');
  const fields = await measure('fields', FIELDS, () => 500);
  const bytes = await measure('bytes', BYTES, (size) => Math.max(1, Math.min(500, Math.floor(ROUND_BYTES / size))));
  writeFileSync(values.svg, plot({ fields, bytes }));
}
