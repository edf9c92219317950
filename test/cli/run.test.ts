// `readyd run` as people run it.
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { begin, ended, FOLDER, isAlive, leftOver, MAIN, program, READYD, run, SERVER, STAY, shows } from './running.ts';

test('a life: sockets, watchdog, a reload by the program, Ctrl-C', async () => {
  const { child, out: shown } = begin(
    '--listen',
    'web=127.0.0.1:0',
    '--watchdog',
    '1s',
    '--',
    process.execPath,
    program(SERVER),
  );
  const out = await shows(/ready after \d+ ms/);
  expect(out).toMatch(/listens on 127\.0\.0\.1:\d+, as 'web'/);
  const port = /127\.0\.0\.1:(\d+)/.exec(out)?.[1];
  expect(Number(await (await fetch(`http://127.0.0.1:${port}/`)).text())).toBeGreaterThan(1);
  await shows(/WATCHDOG=1 \(\d+ ms to spare\)/);
  child.kill('SIGINT');
  expect(await ended()).toBe(0);
  expect(shown()).toMatch(/STOPPING=1.*exited with code 0 \(result success\)/s);
});

/** The output without the parts that differ between runs. */
function wordsOf(shown: string): string[] {
  return shown
    .split('\n')
    .filter((line) => line !== '' && !/EXTEND_TIMEOUT_USEC|BARRIER=1/.test(line))
    .map((line) => line.replace(/^ +\+\d+\.\d{3} s {2}/, '').replaceAll(process.execPath, 'NODE'))
    .map((line) =>
      line
        .replace(/\S+\/program-\d+\.mjs/, 'PROGRAM')
        .replace(/\d+ ms/, 'N ms')
        .replace(/:\d+, as/, ':PORT, as'),
    );
}

test('a life, word for word', async () => {
  const script = `console.log('connected');\n${SERVER.replace('reload() {}', "reload() {}, status: () => 'serves'")}`;
  const { child, out } = begin('--listen', 'web=127.0.0.1:0', '--', process.execPath, program(script));
  await shows(/ready after \d+ ms/);
  child.kill('SIGINT');
  expect(await ended()).toBe(0);
  expect(wordsOf(out())).toEqual([
    "manager  listens on 127.0.0.1:PORT, as 'web'",
    'manager  starts NODE PROGRAM',
    'stdout   connected',
    'service  READY=1 STATUS=serves',
    'manager  ready after N ms',
    'manager  sends SIGTERM',
    'service  STOPPING=1 STATUS=stopping',
    'manager  exited with code 0 (result success)',
  ]);
});

test.each([
  ['process.exit(1);', 'exited with code 1 before READY=1 (result exit-code)'],
  ['await sd.ready(); process.exit(3);', 'exited with code 3 (result exit-code)'],
  [
    "process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});",
    'ended by SIGKILL before READY=1 (result signal)',
  ],
  ['', 'exited with code 0 before READY=1 (result protocol)'],
])('the end of %j, word for word', (script, words) => {
  expect(wordsOf(run('--', process.execPath, program(script)).stdout).at(-1)).toBe(`manager  ${words}`);
});

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

test.each([
  ['udp4', 'udp:127.0.0.1:0', '127.0.0.1'],
  ...(hasIPv6 ? [['udp6', 'udp:[::1]:0', '::1'] as const] : []),
] as const)('a question by %s is answered by bind()', async (type, address, host) => {
  const script = `import { createSocket } from 'node:dgram';
    const socket = createSocket('${type}');
    socket.on('message', (question, { port, address }) => socket.send('re: ' + question, port, address));
    await sd.bind(socket, { name: 'dns' });
    process.on('SIGTERM', () => socket.close());
    await sd.ready(sd.listenFds().get('dns').kind);`;
  const { child } = begin('--listen', `dns=${address}`, '--', process.execPath, program(script));
  const shown = await shows(/STATUS=udp/);
  const port = /listens on \S+:(\d+), as 'dns'/.exec(shown)?.[1];
  const client = createSocket(type);
  client.send('who', Number(port), host);
  const [answer] = (await once(client, 'message')) as [Buffer];
  client.close();
  expect(String(answer)).toBe('re: who');
  child.kill('SIGINT');
  expect(await ended()).toBe(0);
});

test.each([
  ['process.exit(7)', 7],
  ['await sd.ready()', 0],
  ['', 1],
  ['await sd.ready(); process.exit(3)', 3],
  ["process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})", 137],
])('the exit code of %j is %i', (script, code) => {
  expect(run('--', process.execPath, program(script)).code).toBe(code);
});

test('--json is one object a line', () => {
  const script =
    "await sd.ready('up'); const log = sd.journal(); log.warning('careful', { userId: 7 }); console.log('<3>bad');";
  const { code, stdout } = run('--json', '--', process.execPath, program(script));
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(code).toBe(0);
  expect(lines).toContainEqual(expect.objectContaining({ source: 'state', activeState: 'active', status: 'up' }));
  expect(lines).toContainEqual(
    expect.objectContaining({
      source: 'journal',
      text: 'careful',
      priority: 4,
      fields: expect.objectContaining({ USER_ID: '7' }),
    }),
  );
  expect(lines).toContainEqual(expect.objectContaining({ source: 'stdout', text: 'bad', priority: 3 }));
});

test('--env, --fd-store, --type', () => {
  const script =
    "console.log([process.env.WHO, sd.fdStore.capacity, process.env.LISTEN_FDS].join(' ')); await sd.ready();";
  const { stdout } = run('--env', 'WHO=me', '--fd-store', '3', '--type', 'exec', process.execPath, program(script));
  expect(stdout).toMatch(/stdout {3}me 3\n/);
});

test('--watch restarts on a change, and no request is refused', async () => {
  const path = program(SERVER);
  const { child } = begin('--listen', 'web=127.0.0.1:0', '--watch', FOLDER, '--', process.execPath, path);
  const port = /127\.0\.0\.1:(\d+)/.exec(await shows(/ready after/))?.[1];
  const pids = new Set<string>();
  let refused = 0;
  const load = new AbortController();
  // A closed loop: the next request as soon as the last one is answered.
  const clients = Array.from({ length: 4 }, async () => {
    while (!load.signal.aborted)
      await fetch(`http://127.0.0.1:${port}/`).then(
        async (answer) => pids.add(await answer.text()),
        // On a busy machine a client may send on a connection that drain() has closed as idle: that is no refusal.
        ({ cause }) => (refused += Number(cause.code === 'ECONNREFUSED')),
      );
  });
  for (let round = 2; round <= 4; round += 1) {
    writeFileSync(path, `import * as sd from '${READYD}';\nimport * as http from 'node:http';\n${SERVER}// ${round}\n`);
    await shows(new RegExp(`(ready after.*){${round}}`, 's'));
  }
  load.abort();
  await Promise.all(clients);
  expect({ refused, runs: pids.size }).toEqual({ refused: 0, runs: 4 });
  child.kill('SIGTERM');
  expect(await ended()).toBe(0);
});

test('--unit takes it from unit files', () => {
  const path = program(
    `import { constants, readFileSync } from 'node:fs';
    const flags = Number.parseInt(/flags:\\s*(\\d+)/.exec(readFileSync('/proc/self/fdinfo/3', 'utf8'))[1], 8);
    const log = sd.journal();
    for (const text of ['one', 'two', 'three']) log.info(text);
    const { names } = sd.listenFds();
    await sd.ready([process.env.WHO, names, sd.fdStore.capacity, (flags & constants.O_NONBLOCK) !== 0].join(' '));`,
  );
  const service = join(FOLDER, 'app.service');
  const socket = join(FOLDER, 'app.socket');
  writeFileSync(
    service,
    `[Service]\nType=notify\nEnvironment="WHO=a b" X=1\nFileDescriptorStoreMax=2\nNonBlocking=yes\nLogRateLimitIntervalSec=1s\nLogRateLimitBurst=1\nExecStart=${process.execPath} \\\n  "${path}"\n`,
  );
  writeFileSync(socket, '[Socket]\nListenStream=127.0.0.1:0\nFileDescriptorName=web\n');
  for (const units of [
    [service, socket],
    [service, '--unit', socket],
  ]) {
    const { code, stdout } = run('--unit', ...units);
    expect({ code, status: /STATUS=(.*)/.exec(stdout)?.[1] }).toEqual({ code: 0, status: 'a b web 2 true' });
    expect(stdout.match(/journal +(one|two|three)/g)).toHaveLength(3);
  }
});

describe('bad input', () => {
  test.each([
    [['--lisen', '8080', 'node'], 'unknown option --lisen (did you mean --listen?)'],
    [['--listen', 'localhost:80', 'node'], 'expected PORT'],
    [['--listen', '99999', 'node'], 'expected PORT'],
    [['--listen', '127.0.0.256:80', 'node'], 'expected PORT'],
    [['--listen', 'dns=udp:', 'node'], 'expected PORT'],
    [['--listen', 'dns=udp:[::1', 'node'], 'expected PORT'],
    [['--listen', 'udp:1.2.3:53', 'node'], 'expected PORT'],
    [['server.mjs', 'x'], 'server.mjs is not a command (did you mean -- node server.mjs x?)'],
    [['--watchdog', '5constructor', 'node'], '--watchdog: expected a time'],
    [['--on-demand', 'node'], '--on-demand: there is no socket'],
    [['--watchdog', 'soon', 'node'], '--watchdog: expected a time'],
    [['--fd-store', '-1', 'node'], '--fd-store'],
    [['--env', 'X', 'node'], '--env: expected NAME=VALUE'],
    [['--type', 'forking', 'node'], '--type: expected one of'],
    [['--unit', '/nowhere.service'], 'ENOENT'],
    [['--unit', '/etc/passwd'], 'neither a .service nor a .socket'],
    [['--watch', '/nowhere', 'node'], '--watch'],
    [[], 'no command'],
  ])('%j', (args, message) => {
    const { code, stderr } = run(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^readyd run: [^\n]*\n$/);
    expect(stderr).toContain(message);
  });

  test('a port in use, and a path in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { code, stderr } = run('--listen', `127.0.0.1:${(server.address() as AddressInfo).port}`, 'node');
    server.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^readyd run: cannot listen on .*EADDRINUSE.*\n$/);
  });

  test('a command that is not there', () => {
    const { code, stdout } = run('--', 'no-such-command');
    expect(code).toBe(203);
    expect(stdout).toContain('cannot run no-such-command');
  });

  test('a service that forks, and ignores SIGTERM, leaves no process and no file behind', async () => {
    const socket = join(FOLDER, 'app.sock');
    const script = `import { spawn } from 'node:child_process';
      process.on('SIGTERM', () => {});
      const { pid } = spawn('sh', ['-c', "trap '' TERM; while :; do sleep 1000; done"], { detached: true, stdio: 'ignore' });
      await sd.ready(process.pid + ' ' + pid); ${STAY}`;
    const { child } = begin('--listen', socket, '--stop-timeout', '300ms', '--', process.execPath, program(script));
    const [, ...pids] = /STATUS=(\d+) (\d+)/.exec(await shows(/ready after/)) ?? [];
    expect(existsSync(socket)).toBe(true);
    child.kill('SIGINT');
    expect(await ended()).toBe(137);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(existsSync(socket)).toBe(false);
    expect(leftOver()).toEqual([]);
  });

  test('a service that puts itself into the background is not waited for, nor left behind', () => {
    const script = join(FOLDER, 'daemon.sh');
    writeFileSync(script, '#!/bin/sh\nsetsid sh -c "echo pid \\$\\$; exec sleep 1000" & exit 0\n', { mode: 0o755 });
    const { code, stdout } = run('--', script);
    expect(code).toBe(1);
    expect(stdout).toMatch(/the main process exited before READY=1.*result protocol/s);
    expect(isAlive(/pid (\d+)/.exec(stdout)?.[1] ?? '')).toBe(false);
  });

  test('a service that removes the sockets it was given, and fills the store', async () => {
    const socket = join(FOLDER, 'own.sock');
    const { child } = begin(
      '--listen',
      socket,
      '--fd-store',
      '2',
      '--',
      process.execPath,
      program(`import { rmSync } from 'node:fs'; import { dirname } from 'node:path';
      for (let i = 0; i < 3; i += 1) await sd.notify({ fdStore: true, fdName: 'n' + i }, { fds: [i] });
      rmSync('${socket}');
      await sd.ready();
      rmSync(dirname(process.env.NOTIFY_SOCKET), { recursive: true });
      console.log(await sd.status('never'));
      ${STAY}`),
    );
    for (const line of [/the descriptor store is full/, /ready after/, /stdout +false/]) await shows(line);
    child.kill('SIGINT');
    expect(await ended()).toBe(0);
    expect(leftOver()).toEqual([]);
  });

  test('who is killed takes the service along', async ({ skip }) => {
    if (spawnSync('setpriv', ['--pdeathsig', 'KILL', '--', 'true']).status !== 0) skip();
    const { child } = begin('--', process.execPath, program(`await sd.ready(String(process.pid)); ${STAY}`));
    const pid = /STATUS=(\d+)/.exec(await shows(/ready after/))?.[1] ?? '';
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await ended();
    for (const end = Date.now() + 60_000; isAlive(pid) && Date.now() < end; ) await new Promise(setImmediate);
    expect(isAlive(pid)).toBe(false);
  });

  test('malformed messages', async () => {
    const script = `import { createRequire } from 'node:module';
      const addon = createRequire('${READYD}')('../build/Release/readyd.node');
      const fd = addon.open();
      for (const text of ['READY=1\\\\', 'x'.repeat(5000), 'A\\0B']) addon.send(fd, process.env.NOTIFY_SOCKET, text);
      await sd.ready();`;
    const { code, stdout } = run('--', process.execPath, program(script));
    expect(code).toBe(0);
    expect(stdout.match(/drops a malformed message/g)).toHaveLength(3);
  });
});

test('a manager that was blocked counts no ping as late', async () => {
  const { child, out } = begin(
    '--watchdog',
    '500ms',
    '--',
    process.execPath,
    program(`${STAY} await sd.service({ start() {}, stop: () => process.exit(0) });`),
  );
  await shows(/ready after.*WATCHDOG=1/s);
  child.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  child.kill('SIGCONT');
  const before = out().match(/WATCHDOG=1/g)?.length ?? 0;
  await shows(new RegExp(`(WATCHDOG=1.*){${before + 5}}`, 's'));
  child.kill('SIGINT');
  expect(await ended()).toBe(0);
});

test('--help and --version', () => {
  expect(run('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('usage: readyd run') });
  const bare = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  expect(bare('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(bare('--help').stdout).toContain('usage: readyd COMMAND');
  expect(bare('rum')).toMatchObject({ status: 2, stderr: expect.stringContaining("no command 'rum'") });
});
