// Entries may still wait when the process exits: the process writes them once there is room. The process waits at most a
// second for room, and a busy machine may do nothing for a second; so journald makes room first.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { LONG, testWith } from '../left-out.ts';
import { type FakeJournald, fakeJournald } from './fake-journald.ts';

let journald: FakeJournald;
beforeEach(async () => {
  journald = await fakeJournald();
});
afterEach(() => journald[Symbol.asyncDispose]());

const PACKAGE = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href);
/** How many entries the kernel queues for a socket here: 512 where systemd runs, else 10. */
const QUEUE = Number(readFileSync('/proc/sys/net/unix/max_dgram_qlen', 'utf8'));
/** More than the queue holds. The rest waits in the program, and has room once journald has read half of the queue. */
const COUNT = QUEUE + Math.ceil(QUEUE / 10) + 2;

/**
 * `waiting()` blocks until journald has made room. With `holdPool()` before it, the only thread of the pool does
 * nothing else, so that entries wait although the event loop runs.
 */
const IMPORTS = `
import { read, readSync, writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { journal, sendEntry } from ${PACKAGE};
`;
const PROLOGUE = `${IMPORTS}
const log = journal({ connect: 'always', identifier: 'child' });
const logAll = () => { for (let i = 0; i < ${COUNT}; i += 1) log.info(String(i)); };
const waiting = () => { writeSync(1, 'x'); readSync(3, Buffer.alloc(1)); };
const holdPool = () => read(4, Buffer.alloc(1), 0, 1, null, () => undefined);
const say = () => writeSync(1, 'x');
`;

interface End {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

/** Runs a program; once it says that its entries wait, journald makes room, and `then` is called. */
function run(program: string, then?: (pid: number) => void, path?: string): Promise<End> {
  return runAlone(PROLOGUE + program, then, path);
}

/** The same without the logger. */
async function runAlone(program: string, then?: (pid: number) => void, path?: string): Promise<End> {
  const env = { ...process.env, READYD_JOURNAL_SOCKET: path ?? journald.path, UV_THREADPOOL_SIZE: '1' };
  const child = spawn(process.execPath, ['--input-type=module', '-'], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    env,
  });
  // If the signal does not end the program, the program runs for ever.
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  const proceed = async (): Promise<void> => {
    if (path === undefined) await makeRoom();
    then?.(child.pid ?? 0);
    resume(child);
  };
  child.stdout?.once('data', () => void proceed());
  child.stdin?.end(program);
  const [code, signal] = await once(child, 'close');
  return { code, signal, stderr };
}

async function makeRoom(): Promise<void> {
  await journald.read();
  await journald.arrived(Math.ceil(QUEUE / 2));
}

function resume(child: ChildProcess): void {
  const stream = child.stdio[3] as Writable; // it is a pipe that this process writes to
  stream.on('error', () => undefined); // the program may have ended
  stream.end('x');
}

async function everything(): Promise<void> {
  const entries = await journald.arrived(COUNT);
  const messages = entries.map(({ fields }) => fields.MESSAGE?.[0]);
  expect(messages.slice(0, COUNT)).toEqual(Array.from({ length: COUNT }, (_, index) => `${index}`));
}

describe('the process writes the waiting entries', () => {
  it('at a normal end', async () => {
    expect(await run('logAll(); waiting();')).toEqual({ code: 0, signal: null, stderr: '' });
    await everything();
  });

  it('at process.exit()', async () => {
    expect(await run('logAll(); waiting(); process.exit(3);')).toEqual({ code: 3, signal: null, stderr: '' });
    await everything();
  });

  it('at an uncaught exception', async () => {
    const { code, stderr } = await run(`logAll(); waiting(); throw new Error('uncaught');`);
    expect([code, stderr.includes('Error: uncaught')]).toEqual([1, true]);
    await everything();
  });

  it('that listeners of exit logged, before and after ours', async () => {
    const program = `process.on('exit', () => log.info('before')); logAll(); process.on('exit', () => log.info('after')); waiting();`;
    expect((await run(program)).code).toBe(0);
    await everything();
    const messages = (await journald.arrivedMessage('after')).map(({ fields }) => fields.MESSAGE?.[0]);
    expect(messages.slice(COUNT)).toEqual(['before', 'after']);
  });

  it('that a listener of exit logged by the first logger of the program', async () => {
    const program = `${IMPORTS}
      process.on('exit', () => {
        const log = journal({ connect: 'always' });
        writeSync(1, 'x');
        for (let i = 0; i < ${COUNT}; i += 1) log.info(String(i));
      });`;
    expect(await runAlone(program)).toEqual({ code: 0, signal: null, stderr: '' });
    await everything();
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('at %s, which then ends the process', async (signal) => {
    const end = await run('holdPool(); logAll(); setInterval(() => {}, 1000); setTimeout(say, 50);', (pid) =>
      process.kill(pid, signal),
    );
    expect(end).toEqual({ code: null, signal, stderr: '' });
    await everything();
  });

  it.each([
    ['at once', `log.info('waits'); waiting(); for (;;);`],
    ['in a later turn', `log.info('waits'); setTimeout(() => { waiting(); for (;;); }, 100);`],
    ['when journald has been gone for a while', `log.info('waits'); setTimeout(() => { waiting(); for (;;); }, 1500);`],
  ])(
    'at SIGTERM a program that computes ends, though an entry waits for a journald that is not there: %s',
    async (_, program) => {
      const end = await run(program, (pid) => process.kill(pid, 'SIGTERM'), '/nowhere/socket');
      expect(end).toMatchObject({ code: null, signal: 'SIGTERM' });
    },
  );

  it('when the program handles SIGTERM itself', async () => {
    const program = `process.on('SIGTERM', () => log.flush().then(() => process.exit(7))); logAll(); setInterval(() => {}, 1000); setTimeout(waiting, 50);`;
    expect(await run(program, (pid) => process.kill(pid, 'SIGTERM'))).toMatchObject({ code: 7, signal: null });
    await everything();
  });

  it('at flush(), which keeps the program alive', async () => {
    const program = 'logAll(); setTimeout(say, 200).unref(); log.flush().then(() => { process.exitCode = 4; });';
    expect(await run(program)).toMatchObject({ code: 4 });
    await everything();
  });

  it('at the promise of sendEntry(), which keeps the program alive', async () => {
    const program = `logAll(); setTimeout(say, 200).unref(); await sendEntry([['MESSAGE', 'awaited']]); process.exitCode = 4;`;
    expect(await run(program)).toMatchObject({ code: 4, stderr: '' });
    await everything();
    await journald.arrivedMessage('awaited');
  });

  it('at the end of a worker', async () => {
    const worker = JSON.stringify(`${PROLOGUE} logAll(); waiting();`);
    const program = `
      const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(${worker})));
      worker.on('error', (error) => { throw error; });
      worker.on('exit', (code) => { process.exitCode = code + 5; });`;
    expect(await run(program)).toEqual({ code: 5, signal: null, stderr: '' });
    await everything();
    expect(journald.entries[0]?.fields.TID).toEqual(['1']);
  });
});

describe('a signal', () => {
  it('ends the process at once when nothing waits any more', async () => {
    await journald.read();
    const program = `logAll(); await log.flush(); console.log(process.listenerCount('SIGTERM')); setInterval(() => {}, 1000); waiting();`;
    expect(await run(program, (pid) => process.kill(pid, 'SIGTERM'))).toMatchObject({ signal: 'SIGTERM' });
    await everything();
  });
});

describe('a journald that never reads', () => {
  it.each([
    ['when entries have just begun to wait', 'logAll(); waiting(); for (;;);'],
    ['when they have waited for a while', 'logAll(); setTimeout(() => { waiting(); for (;;); }, 1500);'],
    [
      'when it had read a part of them',
      `logAll(); setTimeout(() => { for (let i = 0; i < ${COUNT}; i += 1) log.info('more'); }, 500);
       setTimeout(() => { waiting(); for (;;); }, 2500);`,
    ],
  ])('does not stop SIGTERM from ending a busy program: %s', async (_, program) => {
    const end = await run(program, (pid) => process.kill(pid, 'SIGTERM'));
    expect(end).toMatchObject({ code: null, signal: 'SIGTERM' });
  });

  it('delays SIGTERM, in the first second, only until the event loop turns', async () => {
    const program = 'logAll(); setInterval(() => {}, 1000); setTimeout(waiting, 50);';
    const end = await run(program, (pid) => process.kill(pid, 'SIGTERM'), journald.path);
    expect(end).toEqual({ code: null, signal: 'SIGTERM', stderr: '' });
    expect(journald.entries).toEqual([]);
  });

  it('does not stop the program from exiting', async () => {
    const env = { ...process.env, READYD_JOURNAL_SOCKET: journald.path };
    const child = spawn(process.execPath, ['--input-type=module', '-'], { stdio: ['pipe', 'ignore', 'inherit'], env });
    child.stdin.end(`${PROLOGUE} logAll();`);
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  testWith(LONG, 'keeps a program that waits for sendEntry() no longer than ten seconds', async () => {
    const env = { ...process.env, READYD_JOURNAL_SOCKET: journald.path };
    const child = spawn(process.execPath, ['--input-type=module', '-'], { stdio: ['pipe', 'ignore', 'inherit'], env });
    child.stdin.end(`${PROLOGUE} logAll(); void sendEntry([['MESSAGE', 'in vain']]);`);
    expect(await once(child, 'close')).toEqual([0, null]);
  });
});

describe('a standard error that no process reads', () => {
  it('does not stop SIGTERM from ending a busy program', async () => {
    const program = `
      import { journal } from ${PACKAGE};
      const log = journal({ connect: 'never' });
      for (let i = 0; i < 1000; i += 1) log.info('x'.repeat(1000));
      setTimeout(() => { console.log('computes'); for (;;); }, 1500);`;
    const child = spawn(process.execPath, ['--input-type=module', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.end(program);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    const [code, signal] = await once(child, 'exit');
    child.stderr.destroy();
    expect([code, signal]).toEqual([null, 'SIGTERM']);
  });
});
