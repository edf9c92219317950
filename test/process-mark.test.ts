// Two real copies of the package in one process: a program and its dependency may each have one, or a tool may make one for
// `import` and one for `require`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processWide } from '../src/process-mark.ts';
import { createReceiver } from './helpers/receiver.ts';
import { LONG, testWith } from './left-out.ts';
import { Passed } from './sockets/activate.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'readyd-copies-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => {
  for (const name of ['one', 'two']) {
    const copy = join(folder, name);
    mkdirSync(copy);
    const filter = (path: string): boolean => !/\.d\.c?ts$/.test(path);
    cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true, filter });
    cpSync(join(root, 'package.json'), join(copy, 'package.json'));
    symlinkSync(join(root, 'build'), join(copy, 'build'));
  }
});

interface Surroundings {
  readonly notify?: string;
  readonly fds?: readonly number[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The file that is loaded as `two`, beside `one/dist/index.js`. */
const SECOND = { copy: 'two/dist/index.js', commonjs: 'one/dist/index.cjs' } as const;
type Second = keyof typeof SECOND;

/** What a program prints as JSON that has the copies `one` and `two`. */
async function run(
  second: Second,
  program: string,
  { notify, fds = [], env = {} }: Surroundings = {},
): Promise<unknown> {
  const source = `
    const one = await import(${JSON.stringify(join(folder, 'one/dist/index.js'))});
    const two = await import(${JSON.stringify(join(folder, SECOND[second]))});
    const codeOf = (work) => { try { return work() && 'no error'; } catch (error) { return error.code; } };
    ${program}`;
  const variables = fds.length === 0 ? '' : `export LISTEN_PID=$$ LISTEN_FDS=${fds.length} LISTEN_FDNAMES=web;`;
  const script = `${variables} exec "$0" --input-type=module -e "$1"`;
  const child = spawn('sh', ['-c', script, process.execPath, source], {
    stdio: ['ignore', 'pipe', 'pipe', ...fds],
    env: { PATH: process.env.PATH, ...(notify !== undefined && { NOTIFY_SOCKET: notify }), ...env },
  });
  if (child.stdout === null || child.stderr === null) throw new Error('no pipes'); // what the types cannot know
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  if (output === '') throw new Error(errors);
  return JSON.parse(output);
}

describe('a slot', () => {
  it('has the value of its first caller', () => {
    const first = processWide('test@1', () => ({ of: 'the first' }));
    expect(processWide('test@1', () => ({ of: 'the second' }))).toBe(first);
  });

  it('of another version has another value', () => {
    expect(processWide('test@2', () => ({ of: 'the second' }))).toEqual({ of: 'the second' });
  });

  it('is hidden from programs that list what is global', () => {
    processWide('test@1', () => ({}));
    expect(Object.keys(globalThis).concat(Object.getOwnPropertySymbols({ ...globalThis }).map(String))).not.toContain(
      'Symbol(readyd.process)',
    );
  });
});

describe.each([
  { title: 'two copies of the package', second: 'copy' },
  { title: 'the build for import and the one for CommonJS', second: 'commonjs' },
] as const)('$title', ({ second }) => {
  if (second === 'commonjs' && LONG !== undefined) {
    testWith(LONG, 'are as two copies', () => undefined);
    return;
  }

  it('are two: each has its own functions', async () => {
    expect(await run(second, 'console.log(one.ready === two.ready)')).toBe(false);
  });

  it('claim the passed descriptors once, and agree on who has which', async () => {
    using passed = new Passed();
    const program = `
      const { createServer } = await import('node:net');
      const names = [one, two].map(({ listenFds }) => [...listenFds()].map(({ name }) => name));
      const server = createServer();
      const { activated } = await one.listen(server, { name: 'web' });
      const refusal = codeOf(() => two.listenFds().get('web').take());
      const closed = two.listenFds().closeUnused();
      console.log(JSON.stringify({ names, activated, refusal, closed }));
      server.close();`;
    expect(await run(second, program, { fds: [passed.tcp()] })).toEqual({
      names: [['web'], ['web']],
      activated: true,
      refusal: 'SD_ERR_FD_TAKEN',
      closed: 0,
    });
  });

  it('remember a claim that failed', async () => {
    const program = 'console.log(JSON.stringify([one, two].map(({ listenFds }) => codeOf(listenFds))))';
    const env = { LISTEN_PID: 'mine', LISTEN_FDS: '1' };
    expect(await run(second, program, { env })).toEqual(['SD_ERR_INVALID_ENV', 'SD_ERR_INVALID_ENV']);
  });

  it('run one watchdog', async () => {
    const program = `
      const first = one.watchdog();
      const refusal = codeOf(two.watchdog);
      first.stop();
      const second = two.watchdog();
      second.stop();
      console.log(JSON.stringify({ refusal, second: second.enabled }));`;
    const env = { WATCHDOG_USEC: '60000000' };
    await using receiver = createReceiver();
    expect(await run(second, program, { env, notify: receiver.path })).toEqual({
      refusal: 'SD_ERR_STATE',
      second: true,
    });
  });

  it('run one service', async () => {
    const program = `
      const running = one.service({ start: () => undefined, log: { connect: 'never', level: 'emergency' } });
      const refusal = await two.service({ start: () => undefined }).catch(({ code }) => code);
      console.log(JSON.stringify(refusal));
      await running;`;
    expect(await run(second, program)).toBe('SD_ERR_STATE');
  });

  it('send notifications in the order of the calls, also while the queue is full', async () => {
    await using receiver = createReceiver();
    const count = 2000; // more than any queue of a datagram socket takes in one tick of the receiver
    const program = `
      const sent = [];
      for (let i = 0; i < ${count}; i += 1) sent.push((i % 2 ? one : two).notify({ status: String(i) }));
      console.log((await Promise.all(sent)).length);`;
    expect(await run(second, program, { notify: receiver.path })).toBe(count);
    const expected = Array.from({ length: count }, (_, index) => `STATUS=${index}`);
    expect(await receiver.arrived(count)).toEqual(expected);
  });

  it('reload one after another', async () => {
    await using receiver = createReceiver();
    const program = `
      const work = () => new Promise(setImmediate);
      await Promise.all([one.reload(work), two.reload(work)]);
      console.log('"reloaded"');`;
    expect(await run(second, program, { notify: receiver.path })).toBe('reloaded');
    const told = (await receiver.arrived(4)).map((message) => message.split('=', 1)[0]);
    expect(told).toEqual(['RELOADING', 'READY', 'RELOADING', 'READY']);
  });

  it('know of each other what the descriptor store holds', async () => {
    await using receiver = createReceiver();
    const program = `
      await one.fdStore.putData('a', 'one');
      const full = await two.fdStore.putData('b', 'two').catch(({ code }) => code);
      await two.fdStore.remove('a');
      const free = await one.fdStore.putData('b', 'two');
      console.log(JSON.stringify({ full, free }));`;
    const env = { FDSTORE: '1' };
    expect(await run(second, program, { env, notify: receiver.path })).toEqual({
      full: 'SD_ERR_FD_STORE_FULL',
      free: true,
    });
  });
});
