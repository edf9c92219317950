// The cost per byte of an entry before the system call (a child logger encodes its bound fields once), and the cost that
// log.run() adds.
import { join } from 'node:path';
import { inNode } from '../measure/delivered.js';
import { Program } from '../measure/program.js';
import { median } from '../measure/statistics.js';
import { limitRow, ratioRow, time } from '../table.js';

const TARGET = 1.2;
/** Nanoseconds. */
const RUN_TARGET = 40;
const WARM_UP_ROUNDS = 20;
/** Processor time is counted in microseconds. */
const BATCH_FACTOR = 10;
/** The bytes of one entry, as programs/sender.js makes them. */
const BYTES = { journal: 109, child: 286 };

export async function text(settings) {
  const env = { NODE_OPTIONS: `--require=${join(import.meta.dirname, '../programs/no-kernel.cjs')}` };
  const plain = await Program.start(inNode(settings, 'journal'), { env });
  const child = await Program.start(inNode(settings, 'child'), { env });
  const inside = await Program.start(inNode(settings, 'journal in a run'), { env });
  const after = await Program.start(inNode(settings, 'journal after a run'), { env });
  const programs = { plain, child, inside, after };
  const results = { plain: [], child: [], inside: [], after: [] };
  const batch = settings.batch * BATCH_FACTOR;
  for (let round = -WARM_UP_ROUNDS; round < settings.rounds; round += 1) {
    for (const [name, program] of Object.entries(programs)) {
      const [, , cpu] = await program.numbers(batch);
      if (round >= 0) results[name].push(cpu / batch);
    }
  }
  await Promise.all(Object.values(programs).map((program) => program.stop()));
  const more = (name) => median(results[name].map((value, round) => value - results.plain[round]));
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
    limitRow({ what: 'an entry in log.run(), beyond one outside', value: more('inside'), limit: RUN_TARGET }),
    limitRow({ what: 'an entry after log.run(), beyond one before', value: more('after'), limit: RUN_TARGET }),
  ];
}
