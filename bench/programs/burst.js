// node burst.js PACKAGE KIND COUNT: logs COUNT entries in a row. Writes to descriptor 3 the processor time until all of them
// had left, in nanoseconds per entry, and the worst lag of the event loop meanwhile, in milliseconds.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const [, , folder, kind, countText] = process.argv;
const count = Number(countText);
const WARM_UP = 5000;
const MESSAGE = 'request served';
let number = 1_000_000;
const fields = () => {
  number += 1;
  return { requestId: '7d9f3c1e2b', duration: number, user: 'alice' };
};

const KINDS = {
  async readyd() {
    const { journal } = await import(join(folder, 'dist/index.js'));
    const log = journal({ identifier: 'burst', connect: 'always', maxQueued: 1024 * 1024 * 1024 });
    return [() => log.info(MESSAGE, fields()), () => log.flush()];
  },
  async pino() {
    const { pino } = await import('pino');
    const log = pino();
    return [() => log.info(fields(), MESSAGE), () => log.flush()];
  },
  async console() {
    return [() => console.log(MESSAGE, JSON.stringify(fields())), () => undefined];
  },
};

const [write, flush] = await KINDS[kind]();
for (let left = WARM_UP; left > 0; left -= 1) write();
await flush();
await new Promise((resolve) => setTimeout(resolve, 200));
const delay = monitorEventLoopDelay({ resolution: 5 });
const cpu = process.cpuUsage();
for (let left = count; left > 0; left -= 1) write();
delay.enable();
await flush();
const { user, system } = process.cpuUsage(cpu);
delay.disable();
writeSync(3, `${((user + system) * 1000) / count} ${delay.max / 1e6 - 5}\n`);
process.exit();
