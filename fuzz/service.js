// The service that one of the fuzzers is: node fuzz/service.js NAME SEED SECONDS
import { randomOf } from './random.js';

const [name, seed, seconds] = process.argv.slice(2);
const { fuzz } = await import(`./${name}.js`);
const calls = await fuzz(randomOf(Number(seed)), Date.now() + Number(seconds) * 1000);
console.log(`\ncalls: ${calls}`);
// What a call has left behind, such as a timer of a watchdog, does not hold the end up.
process.exit(0);
