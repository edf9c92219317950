// A program that has no descriptor left: its logger does not fail and loses no entry. The program uses the built package.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakeJournald, fakeJournald } from './fake-journald.ts';

let journald: FakeJournald;
beforeEach(async () => {
  journald = await fakeJournald();
  await journald.read();
});
afterEach(() => journald[Symbol.asyncDispose]());

const PACKAGE = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href);
const PROLOGUE = `
import { closeSync, openSync, writeSync } from 'node:fs';
import { journal, notify, sendEntry } from ${PACKAGE};
const OPTIONS = { connect: 'always', identifier: 'child' };
const fds = [];
const exhaust = () => { try { for (;;) fds.push(openSync('/dev/null')); } catch {} };
const recover = () => fds.splice(0).forEach((fd) => closeSync(fd));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (value) => writeSync(1, JSON.stringify(value) + '\\n');
`;

async function run(program: string): Promise<{ code: number | null; said: unknown[]; stderr: string }> {
  const env = { ...process.env, READYD_JOURNAL_SOCKET: journald.path };
  const shell = 'ulimit -n 64; exec "$0" --input-type=module -';
  const child = spawn('bash', ['-c', shell, process.execPath], { stdio: ['pipe', 'pipe', 'pipe'], env });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => (stdout += text));
  child.stderr.on('data', (text) => (stderr += text));
  child.stdin.end(PROLOGUE + program);
  const [code] = await once(child, 'close');
  const said = stdout.split('\n').filter((line) => line !== '');
  return { code, said: said.map((line) => JSON.parse(line) as unknown), stderr };
}

async function messages(count: number): Promise<string[]> {
  return (await journald.arrived(count)).map(({ fields }) => fields.MESSAGE?.[0] ?? '');
}

it('a logger made meanwhile is connected, and its entries wait', async () => {
  const program = `
    exhaust();
    const log = journal({ ...OPTIONS, maxQueued: 4_000_000 });
    const other = journal(OPTIONS).child({ child: 1 });
    log.info('1'); other.info('2'); log.info('3', { large: 'x'.repeat(5_000_000) });
    const entry = sendEntry([['MESSAGE', '4']]);
    log.info('lost'); // past maxQueued, and counted
    other.info('5');
    say([log.connected, log.flushSync(0), log.dropped]);
    await pause(50);
    recover();
    await Promise.all([log.flush(), other.flush()]);
    log.info('6');
    say([await entry, log.flushSync(), log.dropped]);`;
  expect(await run(program)).toEqual({
    code: 0,
    said: [
      [true, false, 1],
      [true, true, 1],
    ],
    stderr: '',
  });
  expect(await messages(6)).toEqual(['1', '2', '3', '4', '5', '6']);
  expect(journald.entries[2]?.fields.READYD_DROPPED).toEqual(['1']);
});

it('one that was there before goes on when it can', async () => {
  const program = `
    const log = journal(OPTIONS);
    log.info('1');
    exhaust();
    log.info('2'); log.info('3', { large: 'x'.repeat(5_000_000) }); log.info('4');
    say([log.flushSync(0), log.dropped]);
    await pause(50);
    recover();
    await log.flush();
    say(log.dropped);`;
  expect(await run(program)).toEqual({ code: 0, said: [[false, 0], 0], stderr: '' });
  expect(await messages(4)).toEqual(['1', '2', '3', '4']);
});

it('what still waits at the end leaves if it can, and holds nothing up if not', async () => {
  const program = `
    exhaust();
    const log = journal(OPTIONS);
    log.info('1');
    await log.close();
    log.info('2');
    if (process.env.RECOVER) process.on('exit', recover);
    process.on('exit', () => log.info('3'));`;
  expect(await run(program)).toEqual({ code: 0, said: [], stderr: '' });
  expect(journald.entries).toEqual([]);
  expect(await run(`process.env.RECOVER = '1'; ${program}`)).toEqual({ code: 0, said: [], stderr: '' });
  expect(await messages(3)).toEqual(['1', '2', '3']);
});

it('other callers get an error that names what is missing', async () => {
  const program = `
    process.env.NOTIFY_SOCKET = '@nobody';
    exhaust();
    await notify({ ready: true }).catch(({ code, message }) => say([code, message]));
    recover();
    await notify({ ready: true }).catch(({ code }) => say(code));`;
  const { said } = await run(program);
  const advice = expect.stringMatching(/Too many open files\n.*To do: .*LimitNOFILE=/s);
  expect(said).toEqual([['SD_ERR_NATIVE_UNAVAILABLE', advice], 'ECONNREFUSED']);
});
