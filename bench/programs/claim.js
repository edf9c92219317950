// node claim.js PACKAGE: claims the passed descriptors. Prints their number, and how long the first and each later call took,
// in nanoseconds.
import { join } from 'node:path';

const AGAIN = 1_000_000;
const { listenFds } = await import(join(process.argv[2], 'dist/index.js'));

const start = performance.now();
const { length } = listenFds();
const claimed = performance.now();
let same = 0;
for (let i = 0; i < AGAIN; i += 1) same += listenFds().length;
const again = performance.now();
if (same !== length * AGAIN) throw new Error('listenFds() returned something else later');
console.log(`${length} ${(claimed - start) * 1e6} ${((again - claimed) * 1e6) / AGAIN}`);
