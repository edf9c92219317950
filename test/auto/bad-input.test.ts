// readyd/auto with options, settings and programs that disable a part of it: the program starts and serves each time, and one
// entry names the missing part. Runs under the stand-in manager; test/systemd/auto.test.ts uses the real systemd.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Daemon } from '../../src/manager/daemon.ts';
import { createManager, type Manager } from '../../src/manager/manager.ts';
import { describeWith } from '../left-out.ts';
import { lackOfNode, runtime } from '../runtimes.ts';
import { packageRoot } from '../systemd/boot.ts';

const DIST = join(packageRoot(), 'dist');
const REQUIRE = ['--require', join(DIST, 'auto.cjs')];
const IMPORT = ['--import', join(DIST, 'auto.js')];
const MEGABYTE = 1024 * 1024;

const SERVER = `
  const http = require('node:http');
  const server = http.createServer((request, response) => response.end('hello'));
  server.listen(3000, () => console.log('listening'));`;

const folder = mkdtempSync(join(tmpdir(), 'readyd-auto-'));
const managers: Manager[] = [];
afterAll(async () => {
  await Promise.all(managers.map((manager) => manager.close()));
  rmSync(folder, { recursive: true });
});

interface Program {
  readonly node?: string;
  /** Options of Node. */
  readonly options?: readonly string[];
  readonly script?: string;
  /** Modules that Node loads before the preload. */
  readonly before?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly type?: 'notify' | 'exec';
}

interface Started {
  readonly daemon: Daemon;
  readonly port: number;
}

async function start(program: Program): Promise<Started> {
  const { node = process.execPath, options = REQUIRE, script = SERVER, before, env = {}, type = 'notify' } = program;
  const own = mkdtempSync(join(folder, 'program-'));
  const file = join(own, 'main.cjs');
  const first = join(own, 'before.cjs');
  writeFileSync(file, script);
  writeFileSync(first, before ?? '');
  const manager = await createManager({ type, listen: { web: '127.0.0.1:0' } });
  managers.push(manager);
  const args = [...(before === undefined ? [] : ['--require', first]), ...options, file];
  const { NODE_OPTIONS: _, ...rest } = process.env;
  const daemon = await manager.start(node, args, { env: { ...rest, ...env } });
  const address = manager.sockets[0]?.address;
  return { daemon, port: address !== undefined && 'port' in address ? address.port : 0 };
}

/** A program without READY listens some time after its start; until then the request waits in the queue of the socket. */
async function ask(port: number): Promise<string> {
  return await new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent: false }, (response) => {
      text(response).then(resolve, reject);
    }).once('error', reject);
  });
}

/** Checks that the program serves and stops cleanly. Returns the lines that it printed, with their priorities, in order. */
async function serve(program: Program): Promise<string[]> {
  const { daemon, port } = await start(program);
  await daemon.ready();
  expect(await ask(port)).toBe('hello');
  if (program.type !== 'exec') expect(daemon.status).toMatch(/^listens on 127\.0\.0\.1:\d+ \(web\)/);
  expect(await daemon.stop()).toEqual({ code: 0, signal: null, result: 'success' });
  return printed(daemon);
}

function printed(daemon: Daemon): string[] {
  const lines = daemon.journal.map(({ priority, message }) => `${priority} ${message}`);
  // Leaves out Node's warnings about its options.
  return lines.filter((line) => !/ExperimentalWarning|--trace-warnings|Warning: disabling flag/.test(line));
}

describe.each<[string, readonly string[]]>([
  ['--require', REQUIRE],
  ['--import', IMPORT],
])('loaded by %s', (_, preload) => {
  test.concurrent.each([['--jitless --disallow-code-generation-from-strings'], ['--frozen-intrinsics']])(
    'Node with %s',
    async (options) => {
      expect(await serve({ options: [...options.split(' '), ...preload] })).toEqual(['6 listening']);
    },
  );
});

describe('without the addon', () => {
  const copy = join(folder, 'copy/readyd');
  beforeAll(() => {
    cpSync(DIST, join(copy, 'dist'), { recursive: true });
    writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
  });

  async function serveWithout(program: Program): Promise<void> {
    const lines = await serve({ ...program, type: 'exec' });
    const lost = /^3 readyd\/auto works without READY, watchdog and levels: cannot load the addon of readyd/;
    expect(lines.filter((line) => lost.test(line))).toHaveLength(1);
    expect(lines).toContain('6 listening');
  }

  for (const [major, option] of [
    [20, '--experimental-permission'],
    [24, '--permission'],
  ] as const) {
    describeWith(lackOfNode(major), `Node ${major} with ${option}`, () => {
      test.concurrent('serves', async () => {
        await serveWithout({ node: runtime(major) ?? 'node', options: [option, '--allow-fs-read=*', ...REQUIRE] });
      });
    });
  }

  test.concurrent('there is no file of it', async () => {
    await serveWithout({ options: ['--require', join(copy, 'dist/auto.cjs')] });
  });
});

/** Wraps a function of Node in its own. */
const WRAPS = `
  const wrap = (holder, name, make) => { const original = holder[name]; holder[name] = make(original); };`;

test.concurrent('a program that replaces functions before the preload does', async () => {
  const before = `${WRAPS}
    globalThis.console = new console.Console(process.stdout, process.stderr);
    wrap(process.stdout, 'write', (write) => function (...args) { return write.apply(this, args); });
    wrap(console, 'log', (log) => (...args) => log('mine:', ...args));
    wrap(require('node:net').Server.prototype, 'listen', (listen) => function (...args) {
      console.debug('my listen');
      return listen.apply(this, args);
    });`;
  expect(await serve({ before })).toEqual(['7 my listen', '6 mine: listening']);
});

test.concurrent('a program that replaces functions after the preload has', async () => {
  const script = `${WRAPS}
    globalThis.console = new console.Console(process.stdout, process.stderr);
    console.warn('a warning');
    wrap(process.stdout, 'write', (write) => function (text, ...args) { return write.call(this, 'mine: ' + text, ...args); });
    wrap(require('node:net').Server.prototype, 'listen', (listen) => function (...args) {
      console.debug('my listen');
      return listen.apply(this, args);
    });
    wrap(process, 'emit', (emit) => function (...args) { return emit.apply(this, args); });
    wrap(process, 'exit', (exit) => (code) => exit.call(process, code));
    ${SERVER}`;
  expect(await serve({ script })).toEqual(['4 a warning', '7 mine: my listen', '6 mine: listening']);
});

test.concurrent('a program that closes descriptors 1 and 2', async () => {
  const script = `
    for (const fd of [1, 2]) require('node:fs').closeSync(fd);
    console.log('to stdout');
    console.error('to stderr');${SERVER}`;
  expect(await serve({ script })).toEqual(['6 to stdout', '3 to stderr', '6 listening']);
});

test.concurrent('a program whose descriptor 1 is a file of its own: nothing of the file is in the journal', async () => {
  const script = `
    const fs = require('node:fs');
    fs.closeSync(1);
    const fd = fs.openSync(__filename + '.txt', 'w+');
    fs.writeSync(fd, 'in the file');
    console.error(fd, fs.readFileSync(__filename + '.txt', 'utf8'));${SERVER}`;
  expect(await serve({ script })).toEqual(['3 1 in the file', '6 listening']);
});

test.concurrent('a program that throws in its listening callback, and handles that', async () => {
  const script = `
    process.on('uncaughtException', (error) => console.log('handled', error.message));
    require('node:http').createServer((request, response) => response.end('hello'))
      .listen(3000, () => { throw new Error('in the callback'); });`;
  expect(await serve({ script })).toEqual(['2 in the callback', '6 handled in the callback']);
});

test.concurrent('a program that throws in its listening callback ends, with one entry', async () => {
  const script = `require('node:http').createServer().listen(3000, () => { throw new Error('in the callback'); });`;
  const { daemon } = await start({ script });
  await expect(daemon.ready()).rejects.toThrow('exited with code 1 before READY=1');
  expect(printed(daemon)).toEqual(['2 in the callback']);
});

test.concurrent('a program that listens twice, after calls with arguments that Node does not accept', async () => {
  const script = `
    const net = require('node:net');
    for (const place of [70000, { fd: 'x' }, { port: 3000, signal: 1 }]) {
      try { net.createServer().listen(place); } catch (error) { console.error(error.code); }
    }${SERVER}
    try { server.listen(3000); } catch (error) { console.error(error.code); }
    server.once('listening', () => {
      const { port, address } = server.address();
      net.createServer().once('error', (error) => console.error(error.code)).listen(port, address);
    });`;
  expect(await serve({ script })).toEqual([
    '3 ERR_SOCKET_BAD_PORT',
    '3 ERR_INVALID_ARG_VALUE',
    '3 ERR_INVALID_ARG_TYPE',
    '3 ERR_SERVER_ALREADY_LISTEN',
    '6 listening',
    '3 EADDRINUSE',
  ]);
});

test.concurrent('a program that prints bytes which are no text, and 100 MB in one call: it goes on, and what it prints arrives', async () => {
  const script = `
    process.stdout.write(Buffer.from([0xff, 0xfe, 0x41, 10]));
    console.warn('between');
    console.log('x'.repeat(100 * ${MEGABYTE}));
    console.warn('after');${SERVER}`;
  const { daemon, port } = await start({ script });
  await daemon.ready();
  expect(await ask(port)).toBe('hello');
  const size = (): number => daemon.journal.reduce((sum, { message }) => sum + message.length, 0);
  // The stand-in keeps the last 64 MiB, with all fields.
  await daemon.until('the text', () => size() > 16 * MEGABYTE);
  expect(daemon.activeState).toBe('active');
});

test.concurrent('malformed settings: an entry for each, and the defaults', async () => {
  const env = {
    READYD_READY: 'soon',
    READYD_SOCKETS: '=',
    READYD_CONSOLE: 'x',
    READYD_IDLE_TIMEOUT: '-1',
    READYD_STOP_TIMEOUT: '9e9',
    READYD_DIAGNOSE: 'yes',
  };
  const lines = await serve({ env });
  for (const [name, value] of Object.entries(env)) {
    expect(lines.filter((line) => line.startsWith(`4 $${name} is "${value}": `))).toHaveLength(1);
  }
  expect(lines).toHaveLength(Object.keys(env).length + 1);
});

test.concurrent('a preload that does not exist: the error of Node', async () => {
  const preload = join(folder, 'readyd/dist/auto.cjs');
  const { daemon } = await start({ options: ['--require', preload] });
  await expect(daemon.ready()).rejects.toThrow('exited with code 1 before READY=1');
  expect(printed(daemon)).toContain(`6 Error: Cannot find module '${preload}'`);
});
