// `--auto` of `readyd run` and `readyd unit`: a program without a line for systemd becomes a service.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ownPreload, preloadFor, withPreload } from '../../src/cli/auto-preload.ts';
import { packageRoot } from '../systemd/boot.ts';
import { begin, FOLDER, shows } from './running.ts';
import { splitWords, valuesOf } from './unit/read-unit.ts';
import { makeFolder, runUnit } from './unit/run-unit.ts';

const folder = makeFolder();
const other = mkdtempSync(join(folder, 'other-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PROGRAM = `require('node:http').createServer((_, response) => response.end('hello')).listen(process.env.PORT ?? 0);`;

test('the preload is the one of the program, where it has one, and else the one of this package', () => {
  const own = join(other, 'node_modules/readyd/dist/auto.cjs');
  expect(preloadFor(join(other, 'src/server.js'))).toBe(join(packageRoot(), 'dist/auto.cjs'));
  mkdirSync(join(own, '..'), { recursive: true });
  writeFileSync(own, '');
  expect(preloadFor(join(other, 'src/server.js'))).toBe(own);
});

test.each([
  [undefined, '/a/auto.cjs', '--require="/a/auto.cjs"'],
  ['--no-warnings', '/my apps/auto.cjs', '--no-warnings --require="/my apps/auto.cjs"'],
  ['', '/a"b\\c', '--require="/a\\"b\\\\c"'],
])('$NODE_OPTIONS of %j takes %s', (before, path, after) => {
  expect(withPreload(before, path)).toBe(after);
});

test('run --auto says READY for a program that knows nothing of it', async () => {
  const program = join(FOLDER, 'plain.cjs');
  writeFileSync(program, PROGRAM);
  const socket = join(FOLDER, 'plain.sock');
  begin('--auto', '--listen', socket, '--env', 'PORT=3000', '--', process.execPath, program);
  await shows(/READY=1/, 60_000);
  const curl = spawn('curl', ['--silent', '--unix-socket', socket, 'http://localhost/']);
  let answer = '';
  for await (const chunk of curl.stdout.setEncoding('utf8')) answer += chunk;
  expect(answer).toBe('hello');
});

test('unit --auto writes the preload, and a unit that waits for READY', async () => {
  writeFileSync(join(folder, 'plain.cjs'), PROGRAM);
  const { code, out } = await runUnit(folder, [
    '--auto',
    '--watchdog',
    '30s',
    '--listen',
    '3000',
    'plain.cjs',
    '--',
    'a b',
  ]);
  expect(code).toBe(0);
  expect(splitWords(valuesOf(out, 'ExecStart')[0] ?? '').slice(1)).toEqual([
    '--require',
    ownPreload(),
    join(folder, 'plain.cjs'),
    'a b',
  ]);
  expect(valuesOf(out, 'Type')).toEqual(['notify']);
  expect(valuesOf(out, 'WatchdogSec')).toEqual(['30s']);
});
