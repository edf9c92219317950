// node stalled.js PACKAGE COUNT: sends COUNT notifications at once, and prints the longest time that the event loop stood
// still until all had left, in nanoseconds.
import { join } from 'node:path';

const [, , folder, count] = process.argv;
const { status } = await import(join(folder, 'dist/index.js'));
await status('the first, which loads the addon');
console.log('ready');

let worst = 0n;
let last = process.hrtime.bigint();
const look = () => {
  const now = process.hrtime.bigint();
  if (now - last > worst) worst = now - last;
  last = now;
};
const timer = setInterval(look, 1);
process.stdin.once('data', () => void run());

async function run() {
  last = process.hrtime.bigint();
  worst = 0n;
  await Promise.all(Array.from({ length: Number(count) }, (_, number) => status(`step ${number}`)));
  look();
  clearInterval(timer);
  console.log(String(worst));
}
