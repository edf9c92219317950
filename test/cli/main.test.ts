// The command `readyd`, when it cannot write its output.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { environment, leftOver, MAIN, program, run, STAY } from './running.ts';

const COMMANDS = [['--help'], ['--version'], ['run', '--help'], ['unit', '--help'], ['doctor', '--help']] as const;

test.each(COMMANDS.map((args) => [args.join(' '), args] as const))(
  '%s, of which nobody reads anything',
  async (_, args) => {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const [said] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect({ code: child.exitCode, said }).toEqual({ code: 0, said: '' });
  },
);

test.each([
  ...COMMANDS.map((args) => [args.join(' '), [...args]] as const),
  ['run', ['run', '--', process.execPath, program(`await sd.ready(); ${STAY}`)]],
  ['run --json', ['run', '--json', '--', process.execPath, program(`await sd.ready(); ${STAY}`)]],
] as const)('%s, on a disk that is full', (_, args) => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
    timeout: 60_000,
    env: environment(),
  });
  closeSync(full);
  expect({ status, stderr }).toEqual({ status: 1, stderr: 'readyd: cannot write the output: ENOSPC\n' });
  expect(leftOver()).toEqual([]);
});

test.each([[], ['--json']])('run %j | head -1 ends the service and nothing else', async (...flags) => {
  const script = `await sd.ready(); setInterval(() => console.log('more'), 20);`;
  const argv = [MAIN, 'run', ...flags.flat(), '--', process.execPath, program(script)];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'], env: environment() });
  const said = text(child.stderr);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  await once(child, 'close');
  expect({ code: child.exitCode, said: await said }).toEqual({ code: 0, said: '' });
  expect(leftOver()).toEqual([]);
});

test('run without any standard stream', async () => {
  const argv = [MAIN, 'run', '--', process.execPath, program('await sd.ready(); process.exitCode = 9;')];
  const shell = ['-c', 'exec "$@" <&- >&- 2>&-', 'sh', process.execPath, ...argv];
  expect(spawnSync('sh', shell, { timeout: 60_000, env: environment() }).status).toBe(9);
  expect(leftOver()).toEqual([]);
});

test('every line of --json is JSON, whatever is said', () => {
  const script = `import { createRequire } from 'node:module';
    const addon = createRequire('${MAIN}')('../../build/Release/readyd.node');
    const notify = process.env.NOTIFY_SOCKET, journal = process.env.READYD_JOURNAL_SOCKET;
    const fd = addon.open();
    const say = (address, ...bytes) => addon.send(fd, address, Buffer.concat(bytes.map((part) => Buffer.from(part))));
    await sd.ready();
    for (const text of ['', '\\0', '"\\n}', 'STATUS=\\u001b[2J', 'x'.repeat(4096), 'x'.repeat(5000)]) say(notify, text);
    say(notify, 'STATUS=', [0xf0, 0x9f, 0xff]);
    for (const text of ['MESSAGE={"a":1}\\n', 'MESSAGE\\n', 'A=1\\n__proto__=2\\n', 'X=1\\n'.repeat(2000)]) say(journal, text);
    say(journal, 'MESSAGE=', [0xff, 0xfe], '\\n');
    process.stdout.write('"}{\\u0000\\n'); process.stderr.write(Buffer.from([0xff, 0x0a]));
    process.stdout.write('z'.repeat(200_000));
    await sd.barrier();`;
  const { code, stdout } = run('--json', '--', process.execPath, program(script));
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(20);
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ source: expect.any(String) as string });
});
