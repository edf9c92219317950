// The programs of docs/service.md run, and the script draws its picture. (readme.test.ts compiles the programs.)
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createReceiver } from '../helpers/receiver.ts';
import { child } from '../service/child.ts';
import { packageRoot } from '../systemd/boot.ts';
import { blocks } from './blocks.ts';

const DOCUMENT = 'docs/service.md';
const [
  whole = '',
  signals = '',
  onDemand = '',
  hurried = '',
  reloading = '',
  webSockets = '',
  provided = '',
  pool = '',
] = blocks(DOCUMENT, 'ts').map(({ code }) => code);

/** The program with the package of this checkout, and with its own port. */
function local(code: string): string {
  const entry = JSON.stringify(join(packageRoot(), 'dist/index.js'));
  return code.replace("'readyd'", entry).replace('fallback: 8080', 'fallback: 0');
}

test('the picture is what the script draws', () => {
  const script = `import(${JSON.stringify(join(packageRoot(), 'scripts/draw-life-cycle.js'))})
    .then(({ drawLifeCycle }) => process.stdout.write(drawLifeCycle()))`;
  const drawn = execFileSync(process.execPath, ['--eval', script], { encoding: 'utf8' });
  expect(readFileSync(join(packageRoot(), 'docs/service-life-cycle.svg'), 'utf8')).toBe(drawn);
});

test('the whole life, in the order of the picture', async () => {
  await using manager = createReceiver();
  const program = child(local(whole), { NOTIFY_SOCKET: manager.path });
  await expect.poll(() => manager.messages).toContain('READY=1');
  program.kill('SIGTERM');
  const { code, stderr } = await program.ended;
  expect(code).toBe(0);
  expect(stderr).toMatch(/ NOTICE +closed FORCED=0\n$/);
  expect(manager.messages.map((text) => text.replace(/=\d{2,}$/, '='))).toEqual([
    'EXTEND_TIMEOUT_USEC=',
    'STATUS=opening the shop',
    'READY=1',
    'STOPPING=1\nSTATUS=stopping',
    'EXTEND_TIMEOUT_USEC=',
    'BARRIER=1',
  ]);
});

test('the signals of the unit', async () => {
  await using manager = createReceiver();
  const program = child(local(signals), { NOTIFY_SOCKET: manager.path });
  await expect.poll(() => manager.messages).toContain('READY=1');
  program.kill('SIGUSR2');
  await expect.poll(() => manager.messages.filter((text) => text === 'READY=1')).toHaveLength(2);
  program.kill('SIGQUIT');
  expect(await program.ended).toMatchObject({ code: 0 });
});

test('a program that ends when it is idle stays off systemd', async () => {
  const program = child(`${local(onDemand)} console.log('up');`);
  await program.says('up');
  program.kill('SIGTERM');
  expect(await program.ended).toMatchObject({ signal: 'SIGTERM' });
});

test('a WebSocket gets the close code 1001 (going away)', async () => {
  await using manager = createReceiver();
  const program = child(local(webSockets), { NOTIFY_SOCKET: manager.path });
  const status = (): string => manager.messages.find((text) => text.startsWith('READY=1')) ?? '';
  await expect.poll(status).toMatch(/listens on .*:\d+$/);
  const client = connect(Number(/\d+$/.exec(status())?.[0]), '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  const received = buffer(client);
  // The server sends nothing before a request. The answer to the next client shows that the first one is connected.
  await expect.poll(() => client.bytesWritten).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  program.kill('SIGTERM');
  expect(await received).toEqual(Buffer.from([0x88, 2, 0x03, 0xe9]));
  expect(await program.ended).toMatchObject({ code: 0 });
});

test('a start with its own time limit', async () => {
  const program = child(local(hurried));
  const { code, stderr } = await program.ended;
  expect(code).toBe(1);
  expect(stderr).toContain('start failed: fetch failed');
});

test('a reload', async () => {
  await using manager = createReceiver();
  const code = local(reloading).replaceAll('prices.json', join(packageRoot(), 'package.json'));
  const program = child(code, { NOTIFY_SOCKET: manager.path });
  await expect
    .poll(() => manager.messages.at(-1), { timeout: 60_000 })
    .toMatch(/^READY=1\nSTATUS=\d+ bytes of prices$/);
  program.kill('SIGHUP');
  await expect.poll(() => manager.messages.at(-1)).toBe('READY=1');
  program.kill('SIGTERM');
  expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
});

test('what systemd provides', async () => {
  expect(await child(local(provided), { STATE_DIRECTORY: '/var/lib/shop' }).ended).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^false \/var\/lib\/shop undefined false$/m) as string,
    stderr: '',
  });
});

test('a cluster', async () => {
  await using manager = createReceiver();
  // `--eval` has no file that a worker could run.
  const script = `
    import cluster from 'node:cluster';
    cluster.setupPrimary({ exec: '/dev/null', execArgv: ['--input-type=module', '--eval', process.env.PROGRAM], args: [] });`;
  const program = local(pool).replace('count: 4', 'count: 2').replace('fallback: 0', 'fallback: 38_217');
  const started = child(`${script}\n${program.replace("import cluster from 'node:cluster';", '')}`, {
    NOTIFY_SOCKET: manager.path,
    PROGRAM: program,
  });
  await expect.poll(() => manager.messages).toContain('READY=1\nSTATUS=2 of 2 workers ready');
  started.kill('SIGTERM');
  expect(await started.ended).toMatchObject({ code: 0, stderr: '' });
});
