import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { packageRoot } from '../systemd/boot.ts';
import { bundleCommand } from './bundle.ts';
import { MAIN } from './running.ts';

let command: string[];

beforeAll(async () => {
  command = await bundleCommand('doctor', 'cli');
});

function run(args: string[], env: Record<string, string> = {}): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  });
  return { code: status, out: stdout, err: stderr };
}

test('what it does not know', () => {
  for (const args of [['--colour'], ['a', 'b'], ['a b'], ['-x'], ['--json=1'], ['a/../b'], ['']]) {
    const { code, out, err } = run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^readyd doctor: [^\n]+\n$/);
  }
});

test('without a systemctl to ask', () => {
  const { code, err } = run(['app'], { PATH: '/nonexistent' });
  expect([code, err]).toEqual([
    2,
    'readyd doctor: systemctl does not answer for app.service; is systemd running here?\n',
  ]);
});

test('outside of a service', () => {
  const { code, out } = run([]);
  expect(code).toBe(1);
  expect(out).toMatch(
    /^this process: \d findings?\n\nwarning: this is not run by systemd.*\(not-a-service\)\n {2}why: +.*\n {2}change: +/,
  );
  expect(JSON.parse(run(['--json']).out)).toMatchObject({ findings: [{ id: 'not-a-service' }] });
});

test('under the stand-in', () => {
  const { stdout } = spawnSync(
    process.execPath,
    [MAIN, 'run', '--type', 'oneshot', '--', process.execPath, MAIN, 'doctor'],
    {
      encoding: 'utf8',
    },
  );
  expect(stdout).toMatch(
    /stdout +this process: \d findings?\n.* warning: this is not run by systemd but by readyd itself/,
  );
});

describe('the variables of its own process', () => {
  const found = (env: Record<string, string>) => {
    const { code, out } = run(['--json'], env);
    expect(code).toBe(1);
    const { findings } = JSON.parse(out) as { findings: { id: string; what: string }[] };
    expect(findings[0]?.id).toBe('not-a-service');
    return findings.slice(1);
  };

  test.each<[Record<string, string>, string[]]>([
    [{ NOTIFY_SOCKET: 'bogus' }, ['environment-malformed']],
    [{ NOTIFY_SOCKET: '/run/nonexistent', SYSTEMD_EXEC_PID: '1' }, ['notify-socket-unreachable', 'not-main-process']],
    [{ NOTIFY_SOCKET: '@readyd-nobody' }, ['notify-socket-unreachable']],
    [{ LISTEN_PID: '1', LISTEN_FDS: '1' }, ['listen-pid']],
    [{ WATCHDOG_USEC: 'abc' }, ['environment-malformed']],
    [{ WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' }, ['watchdog-pid']],
    [{ LISTEN_PID: `${process.pid}`, LISTEN_FDS: '1', SYSTEMD_EXEC_PID: `${process.pid}` }, []],
    [{ LISTEN_PID: `${process.ppid}`, LISTEN_FDS: '1' }, []],
  ])('%j', (env, ids) => {
    expect(found(env).map(({ id }) => id)).toEqual(ids);
  });

  test('whether a process listens, with sockets of python3', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'readyd-doctor-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'notify');
    const script = `
import socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
print('bound', flush=True)
sys.stdin.read()
manager.settimeout(0)
try: print(manager.recv(100), flush=True)
except BlockingIOError: print('nothing', flush=True)`;
    const manager = spawn('python3', ['-c', script, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(manager, 'close');
    let told = '';
    manager.stdout.on('data', (text) => {
      told += text;
    });
    await once(manager.stdout, 'data');
    expect(found({ NOTIFY_SOCKET: path })).toEqual([]);
    manager.stdin.end();
    await ended;
    expect(told).toBe('bound\nnothing\n');
    // The file of the socket is still there.
    expect(found({ NOTIFY_SOCKET: path })[0]?.what).toMatch(/no message arrives there: ECONNREFUSED$/);
  });
});

test('--help', () => {
  expect(run(['--help'])).toMatchObject({ code: 0, err: '', out: expect.stringContaining('--json') as string });
});

test('every finding has a place in the document, and no other has', () => {
  const folder = join(packageRoot(), 'src/cli/doctor');
  const sources = readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
  const named = [...sources.matchAll(/^\s+id: (.*),$/gm)].flatMap(([, value]) =>
    [...(value ?? '').matchAll(/'([a-z-]+)'/g)].map(([, id]) => id),
  );
  const documented = [
    ...readFileSync(join(packageRoot(), 'docs/doctor.md'), 'utf8').matchAll(/^\| `([a-z-]+)` \|/gm),
  ].map(([, id]) => id);
  expect(new Set(documented)).toEqual(new Set(named));
  expect(documented.length).toBe(new Set(documented).size);
  expect(named.length).toBeGreaterThan(20);
});
