// What a worker thread holds after it has started, before and after it gives some back; and that it lives.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { giveBackMemory } from '../../src/watchdog/spare-memory.ts';
import { describeOnRuntimes } from '../runtimes.ts';
import { watchdogModule } from './child.ts';

const WORKER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { getHeapStatistics } = require('node:v8');
  const bytes = () => getHeapStatistics().total_physical_size;
  import(workerData).then(({ giveBackMemory }) => {
    const before = bytes();
    const asked = giveBackMemory();
    setTimeout(() => parentPort.postMessage({ asked, before, after: bytes() }), 50);
  });`;

/** The limits are those of diagnosis.ts. */
const PROGRAM = `
  const { Worker } = require('node:worker_threads');
  const worker = new Worker(process.argv[1], {
    eval: true,
    workerData: process.argv[2],
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
  });
  worker.on('message', (said) => console.log(JSON.stringify(said)));
  worker.on('error', (error) => { throw error; });`;

describeOnRuntimes('giveBackMemory()', (node) => {
  it('leaves the thread with a smaller heap, or as it was', () => {
    const module = new URL('spare-memory.js', watchdogModule()).href;
    const { stdout, stderr } = spawnSync(node, ['--eval', PROGRAM, WORKER, module], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const { asked, before, after } = JSON.parse(stdout) as { asked: boolean; before: number; after: number };
    const version = spawnSync(node, ['--print', 'process.versions.node'], { encoding: 'utf8' }).stdout;
    const major = Number.parseInt(version, 10);
    expect(asked).toBe(major < 25);
    if (major === 22 || major === 24) expect(after).toBeLessThan(before - 1024 * 1024);
  });
});

it('asks nothing of a V8 that would end the thread', () => {
  expect(giveBackMemory('14.0.1-node.2')).toBe(false);
});
