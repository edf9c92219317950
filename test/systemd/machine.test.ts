import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testWith } from '../left-out.ts';
import { packageRoot } from './boot.ts';
import { bootMachine, type Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { type Ground, lackOn, probe } from './target.ts';

const READY = `[Service]
Type=notify
NotifyAccess=all
ExecStart=/bin/sh -c 'echo hello; systemd-notify --ready --status="up and about"; exec sleep infinity'
`;

const NODE = `[Service]
Type=exec
WorkingDirectory=${packageRoot()}
ExecStart=${process.execPath} -e 'console.log(JSON.parse(fs.readFileSync("package.json")).name); setInterval(() => {}, 1e6)'
`;

const LOOPBACK = `
const server = net.createServer().listen(0, '127.0.0.1', () => {
  net.connect(server.address().port, '127.0.0.1', () => { console.log('connected'); process.exit(); });
});`;

const SLEEP = 'echo $$ >/run/sleeper; echo $WORD; exec sleep 9999';

// What bootMachine() does, in a process that can be killed; Node 20 does not read TypeScript.
const BOOT_SCRIPT = 'test/systemd/boot.sh';
const BOOT_AND_WAIT = `
const [cgroups, script] = process.argv.slice(1);
const name = 'readyd-' + process.pid + '-00000000';
for (const parent of [cgroups, os.tmpdir()]) fs.mkdirSync(parent + '/' + name);
const argv = ['start', cgroups + '/' + name, os.tmpdir() + '/' + name, '/'];
child_process.spawn(script, argv, { stdio: ['ignore', 'inherit', 'ignore'] });`;

async function sleeperEnds(machine: Machine): Promise<void> {
  // A zombie has ended. The init outside, its new parent, reaps it at any time.
  const sleeps = 'grep -qs "^State:.[^Z]" /proc/$(cat /run/sleeper)/status';
  await machine.waitFor(async () => (await machine.exec('sh', ['-c', sleeps])).code !== 0);
}

/** The cgroups and folders that machines of this process have left behind. */
function traces(): string[] {
  const ground = probe('host');
  const parents = 'missing' in ground ? [] : [ground.cgroups, tmpdir()];
  return parents.flatMap((parent) => readdirSync(parent)).filter((name) => name.startsWith(`readyd-${process.pid}-`));
}

async function messages(machine: Machine, ...args: string[]): Promise<unknown[]> {
  return (await machine.journal(...args)).map((record) => record.MESSAGE);
}

describeOnSystemd(['host', 'trixie', 'sid'], 'the harness', (machine, target) => {
  test('runs the version it says', async () => {
    expect((await machine().exec('systemctl', ['--version'])).stdout).toContain(`systemd ${machine().version} `);
    expect(await machine().systemctl('is-system-running')).toBe('running');
  });

  test('starts a Type=notify unit and shows its status', async () => {
    await machine().install({ 'ready.service': READY });
    await machine().start('ready.service');
    expect(await machine().show('ready.service', 'ActiveState')).toBe('active');
    expect(await machine().waitForProperty('ready.service', 'StatusText', /./)).toBe('up and about');
    await machine().stop('ready.service');
    expect(await machine().show('ready.service', 'ActiveState')).toBe('inactive');
  });

  test('runs a unit under DynamicUser= with a state directory, and leaves the tree alone', async () => {
    await machine().install({
      'dynamic.service': READY.replace('ExecStart', 'DynamicUser=yes\nStateDirectory=readyd-test\nExecStart'),
    });
    await machine().start('dynamic.service');
    expect((await machine().exec('ls', ['-d', '/var/lib/readyd-test/'])).code).toBe(0);
    const pid = await machine().show('dynamic.service', 'MainPID');
    expect((await machine().exec('stat', ['-c', '%u', `/proc/${pid}`])).stdout.trim()).toMatch(/^6\d{4}$/);
    await machine().stop('dynamic.service');
    const ground = probe(target);
    expect('tree' in ground && existsSync(join(ground.tree, 'var/lib/private/readyd-test'))).toBe(false);
  });

  test('reads the journal: text, binary, repeated and manager fields', async () => {
    await machine().start('ready.service');
    expect(await messages(machine(), '_SYSTEMD_UNIT=ready.service', '_TRANSPORT=stdout')).toContain('hello');
    expect(await messages(machine(), '--unit=ready.service', '_PID=1')).toContainEqual(
      expect.stringMatching(/^Started ready.service/),
    );
    expect(await machine().journal('--unit=nothing.service')).toEqual([]);
    await machine().exec('logger', ['--journald'], { input: 'MESSAGE=\u001b[1m\nTWICE=1\nTWICE=2\n', check: true });
    const [record] = await machine().journal('TWICE=1');
    expect(record).toMatchObject({ MESSAGE: [27, 91, 49, 109], TWICE: ['1', '2'] });
  });

  test('journalctl loses nothing of a burst', async () => {
    await machine().exec('systemd-cat', ['--identifier=burst', 'seq', '20000'], { check: true });
    await machine().waitFor(async () => (await machine().journal('--identifier=burst')).length === 20_000);
  });

  test('runs node in the package, from a unit', async () => {
    await machine().install({ 'node.service': NODE });
    await machine().start('node.service');
    const read = (): Promise<unknown[]> => messages(machine(), '_SYSTEMD_UNIT=node.service', '_COMM=node');
    expect(await machine().waitFor(async () => (await read())[0] as string | undefined)).toBe('readyd');
  });

  test('has its own network, with loopback up and the queue length that PID 1 sets', async () => {
    expect((await machine().exec(process.execPath, ['-e', LOOPBACK], { check: true })).stdout).toBe('connected\n');
    expect((await machine().exec('cat', ['/proc/sys/net/unix/max_dgram_qlen'])).stdout).toBe('512\n');
    expect((await machine().exec('sh', ['-c', 'echo 1 >/proc/sys/fs/nr_open'])).code).not.toBe(0);
  });

  test('a command gets input and environment, is in a cgroup of the machine, and reports how it ended', async () => {
    const script = 'cat; echo $A; cat /proc/self/cgroup | grep ^0; echo bad >&2; exit 3';
    const { code, stdout, stderr } = await machine().exec('sh', ['-c', script], { input: 'in\n', env: { A: 'b c' } });
    expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: 'in\nb c\n0::/init.scope\n', stderr: 'bad\n' });
    expect((await machine().exec('sh', ['-c', 'kill -TERM $$'])).code).toBe(128 + 15);
    expect((await machine().exec('no-such-command')).code).toBe(127);
    await expect(machine().exec('sh', ['-c', 'echo why >&2; false'], { check: true })).rejects.toThrow('why');
    await expect(machine().start('no-such.service')).rejects.toThrow('no-such.service');
  });

  test('a command that takes too long is killed inside, too', async () => {
    await expect(machine().exec('sh', ['-c', SLEEP], { timeout: 500 })).rejects.toThrow('within 500 ms');
    await sleeperEnds(machine());
  });

  test('a spawned process runs inside until it is killed', async () => {
    const [file, ...args] = machine().enter('sh', ['-c', SLEEP], { WORD: 'long' });
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    expect(String((await once(child.stdout, 'data'))[0])).toBe('long\n');
    child.kill('SIGKILL');
    await sleeperEnds(machine());
  });

  test('two machines run at once, share what is bound, and leave nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bound-'));
    writeFileSync(join(folder, 'a'), 'from outside');
    const other = await bootMachine({ target, binds: [folder] });
    try {
      expect((await other.exec('cat', [join(folder, 'a')])).stdout).toBe('from outside');
      expect((await machine().exec('cat', [join(folder, 'a')])).code).toBe(1);
      await other.install({ 'ready.service': READY });
      await other.start('ready.service');
      expect(traces()).toHaveLength(4);
    } finally {
      await other.close();
      await other.close();
      rmSync(folder, { recursive: true });
    }
    expect(traces()).toHaveLength(2);
    expect(existsSync(`/proc/${other.pid}`)).toBe(false);
    expect(await machine().systemctl('is-system-running')).toBe('running');
  });
});

testWith(lackOn('host'), 'a machine dies with its process, and the next one clears up', async () => {
  const ground = probe('host') as Ground; // or this test was skipped
  const child = spawn(process.execPath, ['-e', BOOT_AND_WAIT, ground.cgroups, join(packageRoot(), BOOT_SCRIPT)]);
  const pid = Number(String((await once(child.stdout, 'data'))[0]));
  const name = `readyd-${child.pid}-00000000`;
  const cgroup = join(ground.cgroups, name);
  await expect.poll(() => readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('systemd\n');
  expect(readFileSync(join(cgroup, 'cgroup.events'), 'utf8')).toContain('populated 1');
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  // Until then its pid is in /proc, and the next machine takes it for alive.
  await gone;
  await expect
    .poll(() => readFileSync(join(cgroup, 'cgroup.events'), 'utf8'), { timeout: 60_000 })
    .toContain('populated 0');
  await (await bootMachine({ target: 'host' })).close();
  expect([existsSync(cgroup), existsSync(join(tmpdir(), name))]).toEqual([false, false]);
});

describe('npm run machine', () => {
  const script = join(packageRoot(), 'build/test/systemd/shell.js');
  const shell = (args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });

  testWith(lackOn('host'), 'installs the units, runs the command inside, and exits with its code', () => {
    const folder = mkdtempSync(join(tmpdir(), 'readyd-shell-'));
    try {
      const unit = join(folder, 'shell.service');
      writeFileSync(unit, '[Service]\nExecStart=/bin/true\n');
      const { status, stdout, stderr } = shell([
        unit,
        '--',
        'sh',
        '-c',
        `systemctl cat shell.service; ls ${folder}; exit 3`,
      ]);
      expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
      expect(stdout).toContain('ExecStart=/bin/true\n');
      expect(stdout).toContain('\nshell.service\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('says how it is used', () => {
    expect(shell(['--systemd', 'none'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^usage: /) as string,
    });
  });
});
