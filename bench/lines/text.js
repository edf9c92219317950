// What an entry costs before the system call, for each of its bytes: a child's bound fields are encoded once.
import { join } from 'node:path';
import { inNode } from '../measure/delivered.js';
import { Program } from '../measure/program.js';
import { median } from '../measure/statistics.js';
import { ratioRow, time } from '../table.js';

const TARGET = 1.2;
const WARM_UP_ROUNDS = 20;
/** Processor time is counted in microseconds. */
const BATCH_FACTOR = 10;
/** The bytes of one entry, as programs/sender.js makes them. */
const BYTES = { journal: 109, child: 286 };

export async function text(settings) {
  const env = { NODE_OPTIONS: `--require=${join(import.meta.dirname, '../programs/no-kernel.cjs')}` };
  const plain = await Program.start(inNode(settings, 'journal'), { env });
  const child = await Program.start(inNode(settings, 'child'), { env });
  const results = { plain: [], child: [] };
  const batch = settings.batch * BATCH_FACTOR;
  for (let round = -WARM_UP_ROUNDS; round < settings.rounds; round += 1) {
    for (const [name, program] of Object.entries({ plain, child })) {
      const [, , cpu] = await program.numbers(batch);
      if (round >= 0) results[name].push(cpu / batch);
    }
  }
  await Promise.all([plain.stop(), child.stop()]);
  return [
    ratioRow({
      what: `text of ten bound fields and six, a byte (of ${BYTES.child})`,
      value: median(results.child) / BYTES.child,
      against: `without them, a byte (of ${BYTES.journal})`,
      baseline: median(results.plain) / BYTES.journal,
      target: TARGET,
    }),
    { what: 'text of six fields, an entry', value: time(median(results.plain)) },
    { what: 'text of ten bound fields and six, an entry', value: time(median(results.child)) },
  ];
}
