// The modules that readyd/auto compiles at their first call: none before a program serves that prints nothing and has no
// passed socket, and each once. Runs under the stand-in manager.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createManager } from '../../src/manager/manager.ts';
import { packageRoot } from '../systemd/boot.ts';

const PROGRAM = `
  const [, , , port, text] = process.argv;
  require('node:http').createServer().listen(port, () => void (text && console.log(text, { user: 'alice' })));`;
/** Writes a line for each script that is compiled. */
const RECORDER = `
  const vm = require('node:vm');
  vm.Script = class extends vm.Script {
    constructor(code, options) {
      super(code, options);
      require('node:fs').appendFileSync(process.argv[2], options.filename + '\\n');
    }
  };`;

interface Started {
  readonly folder: string;
  readonly listen?: string;
  /** What the program prints when it serves. */
  readonly text?: string;
}

/** Starts the program, stops it, and returns what was compiled until READY and until the end. */
async function life(preload: readonly string[], { folder, listen, text = '' }: Started): Promise<string[][]> {
  const [program, recorder, compiled] = ['program.cjs', 'recorder.cjs', 'compiled'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  writeFileSync(program, PROGRAM);
  writeFileSync(recorder, RECORDER);
  writeFileSync(compiled, '');
  await using manager = await createManager(listen === undefined ? {} : { listen: { web: listen } });
  const [socket] = manager.sockets;
  const port = socket?.address !== undefined && 'port' in socket.address ? socket.address.port : await freePort();
  const { NODE_OPTIONS: _, ...env } = process.env;
  const args = ['--require', recorder, ...preload, program, compiled, String(port), text];
  const daemon = await manager.start(process.execPath, args, { env });
  await daemon.ready();
  const names = (): string[] =>
    readFileSync(compiled, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((path) => basename(path));
  const atReady = names();
  process.kill(daemon.pid, 'SIGTERM');
  expect(await daemon.ended).toMatchObject({ code: 0, signal: null });
  return [atReady, names()];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  server.close();
  return port;
}

describe.each([
  ['--require', 'auto.cjs'],
  ['--import', 'auto.js'],
])('%s', (option, file) => {
  const preload = [option, join(packageRoot(), 'dist', file)];
  const folder = mkdtempSync(join(tmpdir(), 'readyd-deferred-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ['prints nothing', {}, []],
    ['prints', { text: 'started' }, ['auto-entries.js']],
    ['has a passed socket', { listen: '127.0.0.1:0' }, ['auto-sockets.js']],
    ['has both', { listen: '127.0.0.1:0', text: 'started' }, ['auto-sockets.js', 'auto-entries.js']],
  ])('a program that %s', async (_, started, compiled) => {
    const [atReady, atEnd] = await life(preload, { folder, ...started });
    expect(atReady).toEqual(compiled);
    expect(atEnd).toEqual([...compiled, 'auto-later.js']);
  });
});
