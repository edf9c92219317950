// The modules that readyd/auto compiles at their first call: not for the start of a program that serves and prints, and
// then once. Runs under the stand-in manager.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createManager } from '../../src/manager/manager.ts';
import { packageRoot } from '../systemd/boot.ts';

const PROGRAM = `
  require('node:http').createServer().listen(process.argv[3], () => console.log('started', { user: 'alice' }));`;
/** Writes a line for each script that is compiled. */
const RECORDER = `
  const vm = require('node:vm');
  vm.Script = class extends vm.Script {
    constructor(code, options) {
      super(code, options);
      require('node:fs').appendFileSync(process.argv[2], options.filename + '\\n');
    }
  };`;

test.each([
  ['--require', 'auto.cjs'],
  ['--import', 'auto.js'],
])('%s: a start compiles nothing later, and the stop compiles it once', async (option, file) => {
  const folder = mkdtempSync(join(tmpdir(), 'readyd-deferred-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [program, recorder, compiled] = ['program.cjs', 'recorder.cjs', 'compiled'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  writeFileSync(program, PROGRAM);
  writeFileSync(recorder, RECORDER);
  const manager = await createManager({ listen: { web: '127.0.0.1:0' } });
  onTestFinished(() => manager.close());
  const [socket] = manager.sockets;
  const port = socket?.address !== undefined && 'port' in socket.address ? socket.address.port : 0;
  const { NODE_OPTIONS: _, ...env } = process.env;
  const preloads = ['--require', recorder, option, join(packageRoot(), 'dist', file)];
  const daemon = await manager.start(process.execPath, [...preloads, program, compiled, String(port)], { env });
  await daemon.ready();
  expect(existsSync(compiled)).toBe(false);
  process.kill(daemon.pid, 'SIGTERM');
  expect(await daemon.ended).toMatchObject({ code: 0, signal: null });
  expect(readFileSync(compiled, 'utf8')).toBe(`${join(packageRoot(), 'dist/auto-deferred.js')}\n`);
});
