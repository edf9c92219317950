import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import type { Daemon } from '../../src/manager/daemon.ts';
import { createManager, type Manager } from '../../src/manager/manager.ts';
import type { ManagerOptions } from '../../src/manager/options.ts';
import type { TimelineEvent } from '../../src/manager/timeline.ts';
import type { SocketAddress } from '../../src/sockets/kind.ts';
import { openDescriptors } from '../helpers/descriptors.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const STAY = 'setInterval(() => {}, 1000);';

let manager: Manager | undefined;
let events: string[] = [];

afterEach(async () => {
  await manager?.close();
  events = [];
});

function onEvent(event: TimelineEvent): void {
  events.push(`${event.source}: ${event.text}`);
}

async function manage(options: ManagerOptions = {}): Promise<Manager> {
  await manager?.close();
  manager = await createManager({ startTimeout: 10_000, stopTimeout: 10_000, onEvent, ...options });
  return manager;
}

/** A service of a few lines of JavaScript, which has all exports of readyd. */
async function run(manager: Manager, script: string): Promise<Daemon> {
  const module = `import * as sd from 'readyd'; ${script}`;
  return await manager.start(process.execPath, ['--input-type=module', '-e', module], { cwd: ROOT });
}

async function start(script: string, options?: ManagerOptions): Promise<Daemon> {
  return await run(await manage(options), script);
}

async function request(address: SocketAddress | undefined): Promise<string> {
  if (address === undefined || !('port' in address)) throw new Error('no address');
  return await (await fetch(`http://${address.address}:${address.port}/`)).text();
}

test('a service comes up, says something, and stops', async () => {
  const daemon = await start(`await sd.ready('up'); await sd.status('C:\\\\x'); ${STAY}`);
  await daemon.ready();
  await daemon.until('the second status', ({ status }) => status === 'C:\\x');
  expect(daemon.phase).toBe('running');
  expect(await daemon.stop()).toEqual({ code: null, signal: 'SIGTERM', result: 'success' });
  expect(daemon.phase).toBe('ended');
  expect(events).toContain('service: READY=1 STATUS=up');
  expect(events.at(-1)).toBe('manager: ended by SIGTERM (result success)');
});

test('the last message of a service is read, although it has exited by then', async () => {
  const daemon = await start(`sd.notifySync({ ready: true, status: 'bye' }); process.exit();`);
  expect(await daemon.ended).toEqual({ code: 0, signal: null, result: 'success' });
  expect(daemon.status).toBe('bye');
});

test('an activated socket answers a request from before the start', async () => {
  const manager = await manage({ listen: { other: '127.0.0.1:0', web: '127.0.0.1:0' } });
  const answer = request(manager.sockets[1]?.address);
  const script = `import { createServer } from 'node:http';
    const server = createServer((_, response) => response.setHeader('connection', 'close').end('hello'));
    const { activated } = await sd.listen(server, { name: 'web' });
    await sd.ready(String(activated));`;
  const daemon = await run(manager, script);
  await daemon.ready();
  expect(daemon.status).toBe('true');
  expect(await answer).toBe('hello');
});

test('a reload ends with READY', async () => {
  const daemon = await start(
    `process.on('SIGHUP', () => sd.reload(() => sd.status('new'))); await sd.ready(); ${STAY}`,
  );
  await daemon.ready();
  await daemon.reload();
  expect(daemon.status).toBe('new');
  expect(daemon.messages.map(({ reloading, ready }) => [reloading, ready])).toEqual([
    [false, true],
    [true, false],
    [false, false],
    [false, true],
  ]);
});

// The timeout is also that of the start, which takes seconds on a busy machine.
test.concurrent.each([
  ['READY alone', 'sd.notify({ ready: true })'],
  ['RELOADING without its time', "raw('RELOADING=1'); raw('READY=1')"],
  ['RELOADING from before the signal', "raw('RELOADING=1\\nMONOTONIC_USEC=1'); raw('READY=1')"],
])('%s is no answer to a reload', async (_, answer) => {
  const raw =
    "import unix from 'unix-dgram'; const raw = (text) => unix.createSocket('unix_dgram').send(Buffer.from(text), 0, text.length, process.env.NOTIFY_SOCKET);";
  await using own = await createManager({ startTimeout: 6000 });
  const daemon = await run(own, `${raw} process.on('SIGHUP', () => { ${answer} }); await sd.ready(); ${STAY}`);
  await daemon.ready();
  await expect(daemon.reload()).rejects.toThrow('no end of the reload within 6000 ms: the service is running');
  expect(daemon.messages.length).toBeGreaterThan(1);
});

test('the watchdog is held by the heartbeat', async () => {
  const daemon = await start('sd.watchdog(); await sd.ready(); setInterval(() => {}, 1000);', { watchdog: 400 });
  await daemon.ready();
  await daemon.until(
    'five pings',
    ({ messages }) => messages.filter(({ watchdog }) => watchdog === 'ping').length >= 5,
  );
  expect(daemon.phase).toBe('running');
});

test('a service that hangs is aborted', async () => {
  const daemon = await start(`sd.watchdog(); await sd.ready(); for (;;);`, { watchdog: 300 });
  expect(await daemon.ended).toMatchObject({ signal: 'SIGABRT', result: 'watchdog' });
});

test('a service asks for another timeout, and to be treated as dead', async () => {
  const daemon = await start(`await sd.notify({ ready: true, watchdogTimeout: 200 }); ${STAY}`);
  expect(await daemon.ended).toMatchObject({ signal: 'SIGABRT', result: 'watchdog' });
  const other = await start(`await sd.notify({ watchdog: 'trigger' }); ${STAY}`);
  expect(await other.ended).toMatchObject({ signal: 'SIGABRT', result: 'watchdog' });
});

test.each([
  ['process.exit(3)', { code: 3, result: 'exit-code' }],
  ['process.exit(0)', { code: 0, result: 'protocol' }],
  ['process.kill(process.pid, "SIGKILL")', { signal: 'SIGKILL', result: 'signal' }],
])('a service that ends before READY: %s', async (script, exit) => {
  const daemon = await start(script);
  await expect(daemon.ready()).rejects.toThrow('the service has ended');
  expect(await daemon.ended).toMatchObject(exit);
});

test('a service that ignores SIGTERM is killed', async () => {
  const daemon = await start(`process.on('SIGTERM', () => {}); await sd.ready(); ${STAY}`, { stopTimeout: 200 });
  await daemon.ready();
  expect(await daemon.stop()).toEqual({ code: null, signal: 'SIGKILL', result: 'timeout' });
});

// The barrier keeps the process alive until the manager has read the message: the manager cannot tell the service of a
// process that has exited.
test('a child of the service has no say', async () => {
  const daemon = await start(
    `import { execFileSync } from 'node:child_process';
     execFileSync(process.execPath, ['--input-type=module', '-e', "import { barrier, status } from 'readyd'; await status('child'); await barrier()"]);
     await sd.ready('parent'); ${STAY}`,
  );
  await daemon.ready();
  expect(daemon.messages.filter(({ barrier }) => !barrier).map(({ status }) => status)).toEqual(['parent']);
  expect(events.join('\n')).toMatch(/refuses a message of \d+, not the main process/);
});

test('a command that is not there', async () => {
  manager = await createManager();
  const daemon = await manager.start('/nowhere/at-all');
  expect(await daemon.ended).toMatchObject({ code: 203, result: 'exit-code' });
});

test('close() ends the service and leaves nothing behind', async () => {
  const temporary = mkdtempSync(join(tmpdir(), 'readyd-'));
  vi.stubEnv('TMPDIR', temporary); // other tests of this machine have their managers, too
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(temporary, { recursive: true });
  });
  const before = openDescriptors();
  const daemon = await start(`await sd.ready(); ${STAY}`, { listen: { web: '127.0.0.1:0' } });
  await daemon.ready();
  expect(existsSync(`/proc/${daemon.pid}`)).toBe(true);
  expect(readdirSync(temporary)).toHaveLength(1);
  await manager?.close();
  expect(existsSync(`/proc/${daemon.pid}`)).toBe(false);
  expect(openDescriptors()).toBe(before);
  expect(readdirSync(temporary)).toEqual([]);
});
