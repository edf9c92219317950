// The example on the real systemd, with its unit files as they are. Type=notify-reload came with systemd 253.
import { beforeAll, expect, test } from 'vitest';
import type { Machine } from '../systemd/machine.ts';
import { describeOnSystemd } from '../systemd/on-systemd.ts';
import { get, installExample, verify } from './install.ts';

const UNIT = 'worker-pool.service';

async function workers(machine: Machine): Promise<string[]> {
  const main = await machine.show(UNIT, 'MainPID');
  const group = await machine.show(UNIT, 'ControlGroup');
  const { stdout } = await machine.exec('cat', [`/sys/fs/cgroup${group}/cgroup.procs`], { check: true });
  return stdout
    .trim()
    .split('\n')
    .filter((pid) => pid !== main);
}

describeOnSystemd(['trixie', 'sid'], 'the worker-pool example', (machine) => {
  let units: string[];

  beforeAll(async () => {
    units = await installExample(machine(), 'worker-pool', '/srv/worker-pool');
    await machine().systemctl('enable', '--now', 'worker-pool.socket');
  });

  test('the units pass systemd-analyze verify', async () => {
    expect(await verify(machine(), units)).toBe('');
  });

  test('the first request starts it; all workers share the socket', async () => {
    expect(await get(machine())).toMatch(/^worker \d\n$/);
    // The first worker answers as soon as it listens, and the other may not be there yet.
    await machine().waitForProperty(UNIT, 'StatusText', '2 of 2 workers ready');
    const answers = new Set<string>();
    for (let count = 0; count < 6; count++) answers.add(await get(machine()));
    expect(answers.size).toBe(2);
  });

  test('only the primary talks to systemd', async () => {
    expect(await machine().show(UNIT, 'NotifyAccess')).toBe('main');
    for (const pid of await workers(machine())) {
      const { stdout } = await machine().exec('cat', [`/proc/${pid}/environ`]);
      expect(stdout).not.toMatch(/NOTIFY_SOCKET|LISTEN_|WATCHDOG_PID/);
    }
  });

  test('a reload goes through all workers', async () => {
    await machine().reload(UNIT);
    expect(await machine().show(UNIT, 'ReloadResult')).toBe('success');
  });

  test('the watchdog is held', async () => {
    const pid = await machine().show(UNIT, 'MainPID');
    await new Promise((resolve) => setTimeout(resolve, 7000));
    expect(await machine().show(UNIT, 'MainPID')).toBe(pid);
    expect(await machine().show(UNIT, 'StatusText')).toBe('2 of 2 workers ready');
  });

  test('a worker that dies is replaced', async () => {
    const [first] = await workers(machine());
    await machine().exec('sh', ['-c', `kill -KILL ${first}`], { check: true });
    await machine().waitFor(async () => (await machine().journal('-u', UNIT, '--grep=in its place')).length === 1);
    expect(await workers(machine())).toHaveLength(2);
    const [entry] = await machine().journal('-u', UNIT, '-p', 'err', '_COMM=node');
    expect(entry?.MESSAGE).toMatch(/^a worker is replaced: worker \d \(pid \d+\) ended with SIGKILL/);
    expect(await machine().show(UNIT, 'NRestarts')).toBe('0');
  });

  test('it stops cleanly, with all of its workers', async () => {
    await machine().stop(UNIT);
    expect(await machine().show(UNIT, 'Result')).toBe('success');
    expect(await machine().show(UNIT, 'ExecMainStatus')).toBe('0');
  });

  test('KillMode=control-group: a worker that gets two signals stops once', async () => {
    await machine().write(`/etc/systemd/system/${UNIT}.d/kill.conf`, '[Service]\nKillMode=control-group\n');
    await machine().systemctl('daemon-reload');
    await get(machine());
    await machine().stop(UNIT);
    expect(await machine().show(UNIT, 'Result')).toBe('success');
    expect(await machine().journal('-u', UNIT, '--grep=another SIGTERM')).toEqual([]);
  });

  test('a worker that blocks takes the heartbeat away: systemd restarts the service, and the journal says which', async () => {
    await get(machine());
    const script = `fetch('http://127.0.0.1:8080/block').catch(() => undefined)`;
    const blocked = machine().exec(process.execPath, ['-e', script]);
    await machine().waitForProperty(UNIT, 'NRestarts', '1');
    await blocked;
    const entries = await machine().journal('-u', UNIT, '--grep=no sign of life');
    expect(entries[0]?.MESSAGE).toMatch(
      /the check 'workers' is unhealthy: worker \d \(pid \d+\) gives no sign of life/,
    );
    await machine().waitForProperty(UNIT, 'ActiveState', 'active');
    expect(await get(machine())).toMatch(/^worker/);
  });
});
