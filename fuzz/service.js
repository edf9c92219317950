// Runs one fuzzer as a service: node fuzz/service.js NAME SEED SECONDS
import { randomOf } from './random.js';

const [name, seed, seconds] = process.argv.slice(2);
const { fuzz } = await import(`./${name}.js`);
const calls = await fuzz(randomOf(Number(seed)), Date.now() + Number(seconds) * 1000);
console.log(`\ncalls: ${calls}`);
// A call may leave something active, such as the timer of a watchdog. That does not delay the exit.
process.exit(0);
