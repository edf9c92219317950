// Everything that fuzz/ has, for a few seconds, on the oldest and the newest Node. By hand, for longer: npm run fuzz.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { testWith } from './left-out.ts';
import { runtime } from './runtimes.ts';

const FUZZ = fileURLToPath(new URL('../fuzz/fuzz.js', import.meta.url));
const SECONDS = 10;
/** The same each time, so that a failure can be repeated. By hand, each run has another one. */
const SEED = 7;

for (const major of [20, 26]) {
  const node = runtime(major) ?? '';
  const lack = node === '' ? { reason: `needs Node ${major}`, command: `test/runtimes.sh ${major}` } : undefined;
  testWith(lack, `nothing is found on Node ${major}`, () => fuzz(node), 120_000);
}

async function fuzz(node: string): Promise<void> {
  const args = [FUZZ, '--seconds', String(SECONDS), '--seed', String(SEED), '--node', node];
  // What is found makes the exit code 1; the message of the error then holds it.
  const { stdout } = await promisify(execFile)(process.execPath, args).catch((error: { stdout?: string }) => {
    throw new Error(error.stdout, { cause: error });
  });
  expect(stdout.match(/nothing found/g)).toHaveLength(4);
}
