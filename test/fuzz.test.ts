// Runs all fuzzers of fuzz/ for a few seconds, on the oldest and the newest Node. For longer runs by hand: npm run fuzz.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { LONG, testWith } from './left-out.ts';
import { runtime } from './runtimes.ts';

const FUZZ = fileURLToPath(new URL('../fuzz/fuzz.js', import.meta.url));
const SECONDS = 10;
/** CI always uses this seed, so that a failure can be repeated. A run by hand uses another seed each time. */
const SEED = 7;

for (const major of [20, 26]) {
  const node = runtime(major) ?? '';
  const lack = node === '' ? { reason: `needs Node ${major}`, command: `test/runtimes.sh ${major}` } : LONG;
  testWith(lack, `nothing is found on Node ${major}`, () => fuzz(node), 120_000);
}

async function fuzz(node: string): Promise<void> {
  const args = [FUZZ, '--seconds', String(SECONDS), '--seed', String(SEED), '--node', node];
  // A finding makes the exit code 1, and the message of the error contains the finding.
  const { stdout } = await promisify(execFile)(process.execPath, args).catch((error: { stdout?: string }) => {
    throw new Error(error.stdout, { cause: error });
  });
  expect(stdout.match(/nothing found/g)).toHaveLength(4);
}
