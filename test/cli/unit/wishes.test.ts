// Options of `readyd unit` that do not match the program.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importsOf } from '../../../src/cli/unit/imports.ts';
import { speechOf } from '../../../src/cli/unit/speech.ts';
import { valuesOf } from './read-unit.ts';
import { makeFolder, runUnit } from './run-unit.ts';

const FILES: Readonly<Record<string, string>> = {
  'package.json': '{ "scripts": { "start": "node server.mjs" } }',
  'plain.mjs': `import { createServer } from 'node:http';\ncreateServer().listen(8080);\n`,
  'server.mjs': `import './lib/start.js';\n`,
  'lib/start.ts': `import { service } from 'readyd';\nservice({ start() {}, reload() {} });\n`,
  'required.cjs': `const sdk = require('readyd');\nsdk.ready(); sdk.watchdog();\n`,
  'commented.mjs': `/* import { service } from 'readyd'; service({}) */\n// readyd: ready()\nsetInterval(() => {}, 1000);\n`,
  'pattern.mjs': `import { ready } from 'readyd';\nconst all = '/*';\nready();\n`,
  'auto.mjs': `import 'readyd/auto';\n`,
  'hangup.mjs': `process.on('SIGHUP', () => {});\n`,
  'socket.mjs': `import { createServer } from 'node:http';\ncreateServer().listen({ fd: 3 });\n`,
  'empty.mjs': '',
};

let folder: string;

beforeAll(() => {
  folder = makeFolder();
  mkdirSync(join(folder, 'lib'));
  for (const [path, text] of Object.entries(FILES)) writeFileSync(join(folder, path), text);
});

afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) => runUnit(folder, ['--name', 'app', '--systemd', '257', ...args]);

test.each<[string, string]>([
  ['plain.mjs', ''],
  ['server.mjs', 'ready watchdog reload stops'],
  ['required.cjs', 'ready watchdog'],
  ['commented.mjs', ''],
  ['pattern.mjs', 'ready'],
  ['auto.mjs', 'ready watchdog stops sockets'],
  ['hangup.mjs', 'reload'],
  ['socket.mjs', 'sockets'],
  ['empty.mjs', 'ready watchdog reload stops sockets'],
  ['absent.mjs', 'ready watchdog reload stops sockets'],
])('%s does: %s', (file, expected) => {
  const speech = speechOf(importsOf(join(folder, file)));
  const said = Object.entries(speech).flatMap(([name, does]) => (does ? [name] : []));
  expect(said.sort()).toEqual(expected.split(' ').filter(Boolean).sort());
});

describe('a program that does not speak to systemd', () => {
  test('is started by Type=exec, with a note', async () => {
    const { code, out, err } = await run('plain.mjs');
    expect([code, valuesOf(out, 'Type'), valuesOf(out, 'SuccessExitStatus')]).toEqual([0, ['exec'], ['143']]);
    expect(err).toMatch(/^note: '.*plain\.mjs' does not send READY: Type=exec, .*--type notify.*\n$/);
  });

  test.each([
    [['--watchdog', '30s', 'plain.mjs'], /--watchdog "30s": the program does not call watchdog\(\)/],
    [['--reload', 'plain.mjs'], /--reload: the program does not handle SIGHUP/],
  ])('%j is refused', async (args, message) => {
    expect(await run(...args)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(message) as string });
  });

  test('--type decides otherwise', async () => {
    const { code, out, err } = await run('--type', 'notify', '--watchdog', '30s', 'plain.mjs');
    expect([code, err, valuesOf(out, 'Type'), valuesOf(out, 'WatchdogSec')]).toEqual([0, '', ['notify'], ['30s']]);
    expect((await run('--type', 'forking', 'plain.mjs')).err).toMatch(/expected notify, notify-reload, exec/);
    expect((await run('--type', 'notify-reload', '--systemd', '252', 'plain.mjs')).err).toMatch(/252 does not know it/);
  });

  test('a socket that it does not take is a note', async () => {
    expect((await run('--listen', '8080', 'plain.mjs')).err).toContain('takes no socket from systemd');
    expect((await run('--listen', '8080', 'socket.mjs')).err).not.toContain('takes no socket');
  });
});

test('sockets have the names of readyd run, and the service requires them', async () => {
  const { out } = await run('--listen', '8080', 'server.mjs');
  expect(valuesOf(out, 'FileDescriptorName')).toEqual(['web']);
  expect(valuesOf(out, 'Requires')).toEqual(['app.socket']);
});

test('a template keeps %i, and no other percent sign', async () => {
  const flags = ['--name', 'app@', '--listen', '127.0.0.1:%i', '--env', 'ID=%i', '--state=', 'server.mjs'];
  const { code, out } = await runUnit(folder, [...flags, '--', '--id=%i', '100%', '%%i', '%n']);
  expect(code).toBe(0);
  expect(out).toMatch(/^# app@\.service\n/);
  expect(out).toMatch(/^ExecStart=.* --id=%i 100%% %%%%i %%n$/m);
  expect(valuesOf(out, 'Sockets')).toEqual(['app@%i.socket']);
  expect(out).toMatch(/^Environment=ID=%i$/m);
  expect(out).toMatch(/^StateDirectory=app\/%i$/m);
  expect(out).toMatch(/^ListenStream=127\.0\.0\.1:%i$/m);
  expect((await run('--listen', '127.0.0.1:%i', 'server.mjs')).err).toMatch(/only a template has %i/);
});

test('a unit of a user has no account, and nothing that needs privileges', async () => {
  const { code, out } = await run('--user', 'server.mjs');
  expect([code, valuesOf(out, 'WantedBy')]).toEqual([0, ['default.target']]);
  expect(out).not.toMatch(/^(User|DynamicUser|ProtectSystem|CapabilityBoundingSet|PrivateDevices)=/m);
  expect((await run('--user', '--run-as', 'me', 'server.mjs')).code).toBe(2);
  expect(valuesOf((await run('--user', 'nobody', 'server.mjs')).out, 'User')).toEqual(['nobody']);
  expect(valuesOf((await run('server.mjs', '--user', 'nobody')).out, 'User')).toEqual(['nobody']);
});

test.each([
  [['npm start'], /a service starts the program itself, without npm: that runs 'node server\.mjs'/],
  [['npm', 'start'], /without npm/],
  [['node', 'server.mjs'], /leave out node: readyd unit server\.mjs/],
  [[process.execPath, 'server.mjs'], /leave out \S+: readyd unit server\.mjs/],
  [
    ['server.mjs', '--port', '80'],
    /unknown option --port: options of the program come after --.*server\.mjs -- --port 80/,
  ],
  [['--listne', '80', 'server.mjs'], /unknown option --listne \(did you mean --listen\?\)/],
])('%j is refused, with what to write', async (args, message) => {
  expect(await run(...args)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(message) as string });
});
