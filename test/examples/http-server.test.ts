// The example on the real systemd, installed as its README says, with its unchanged unit files.
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { FOLDER, installExample, SERVICE, SOCKET } from '../../examples/http-server/demo/install.ts';
import { packageRoot } from '../systemd/boot.ts';
import type { JournalRecord, Machine } from '../systemd/machine.ts';
import { describeOnSystemd } from '../systemd/on-systemd.ts';

const URL = 'http://127.0.0.1:8080';
const BUILT = join(packageRoot(), 'build/examples/http-server/server.js');
const LAST_WORDS = 'all requests are answered';

async function get(machine: Machine, path: string): Promise<string> {
  const script = `fetch('${URL}${path}').then((answer) => answer.text()).then((body) => process.stdout.write(body))`;
  return (await machine.exec(process.execPath, ['-e', script], { check: true })).stdout;
}

async function entries(machine: Machine, ...matches: string[]): Promise<JournalRecord[]> {
  return await machine.journal(`_SYSTEMD_UNIT=${SERVICE}`, ...matches);
}

async function replacePage(machine: Machine, body: string): Promise<void> {
  await machine.write(join(FOLDER, 'page.html'), body);
  await machine.reload(SERVICE);
}

/** In microseconds. */
async function stamp(machine: Machine, property: string): Promise<number> {
  return Number(await machine.show(SERVICE, property));
}

describeOnSystemd(['host', 'trixie'], 'the http-server example', (machine) => {
  beforeAll(async () => {
    await installExample(machine(), packageRoot(), BUILT);
    await machine().systemctl('enable', '--now', SOCKET);
  });

  test('the units pass systemd-analyze verify', async () => {
    const units = [SERVICE, SOCKET].map((unit) => `/etc/systemd/system/${unit}`);
    const { code, stderr } = await machine().exec('systemd-analyze', ['verify', '--man=no', ...units]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('the first request starts it, and is answered', async () => {
    expect(await machine().show(SERVICE, 'ActiveState')).toBe('inactive');
    expect(await get(machine(), '/first?x=1')).toContain('Hello from a service of systemd.');
    expect(await machine().show(SERVICE, 'ActiveState')).toBe('active');
  });

  test('its status tells the address, and its sandbox is on', async () => {
    expect(await machine().show(SERVICE, 'StatusText')).toBe('serving');
    const pid = await machine().show(SERVICE, 'MainPID');
    const status = (await machine().exec('cat', [`/proc/${pid}/status`])).stdout;
    expect(status).toMatch(/^Seccomp:\t2$/m);
    expect(status).toMatch(/^CapBnd:\t0+$/m);
    expect(status).not.toMatch(/^Uid:\t0\b/m);
  });

  test('the backlog is what the socket unit says', async ({ skip }) => {
    const backlog = "ss -lnt | awk '$4 ~ /:8080$/ { print $3 }'";
    if ((await machine().exec('ss', ['-V'])).code !== 0) skip('there is no ss in this tree');
    expect((await machine().exec('sh', ['-c', backlog])).stdout).toBe('1024\n');
  });

  test('the request is in the journal, with its fields', async () => {
    const [entry, ...more] = await entries(machine(), 'PATH=/first?x=1');
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ MESSAGE: 'GET /first?x=1', PRIORITY: '6', SYSLOG_IDENTIFIER: 'http-server' });
    expect(entry).toMatchObject({ METHOD: 'GET', _TRANSPORT: 'journal' });
  });

  test('a reload reads the page again', async () => {
    await replacePage(machine(), 'another page');
    await machine().waitFor(async () => (await get(machine(), '/')) === 'another page');
    await machine().waitForProperty(SERVICE, 'ActiveState', 'active');
  });

  test('a failed reload is reported in STATUS and in the journal, and the service goes on', async () => {
    await machine().exec('rm', [join(FOLDER, 'page.html')], { check: true });
    await machine().reload(SERVICE);
    await machine().waitForProperty(SERVICE, 'StatusText', /^reload failed: ENOENT/);
    expect(await machine().show(SERVICE, 'StatusErrno')).toBe('2');
    const failure = await machine().waitFor(async () => (await entries(machine(), 'PRIORITY=3'))[0]);
    expect(failure).toMatchObject({ ERROR_CODE: 'ENOENT', MESSAGE: expect.stringContaining('page.html') });
    expect(await get(machine(), '/')).toBe('another page');
    await replacePage(machine(), 'back again');
    await machine().waitFor(async () => (await get(machine(), '/')) === 'back again');
  });

  test('systemctl reload waits for the new page with Type=notify-reload', async ({ skip }) => {
    if (machine().version < 253) skip('Type=notify-reload came with systemd 253');
    await machine().write(
      `/etc/systemd/system/${SERVICE}.d/reload.conf`,
      '[Service]\nType=notify-reload\nExecReload=\n',
    );
    await machine().systemctl('daemon-reload');
    await machine().systemctl('restart', SERVICE);
    for (const body of ['one', 'two', 'three']) {
      await replacePage(machine(), body);
      expect(await get(machine(), '/')).toBe(body);
    }
  });

  test('it stops cleanly, its last messages arrive, and the next request starts it again', async () => {
    await machine().stop(SERVICE);
    expect(await machine().show(SERVICE, 'Result')).toBe('success');
    expect(await machine().show(SERVICE, 'ExecMainStatus')).toBe('0');
    expect(await machine().show(SERVICE, 'ExecMainCode')).toBe('1');
    expect((await entries(machine())).at(-1)).toMatchObject({ MESSAGE: LAST_WORDS, PRIORITY: '5' });
    expect(await get(machine(), '/')).toMatch(/\w/);
  });

  test('WatchdogSec=1 is held', async () => {
    await machine().write(`/etc/systemd/system/${SERVICE}.d/watchdog.conf`, '[Service]\nWatchdogSec=1\n');
    await machine().systemctl('daemon-reload');
    await machine().systemctl('restart', SERVICE);
    expect(await machine().show(SERVICE, 'WatchdogUSec')).toBe('1s');
    const pid = await machine().show(SERVICE, 'MainPID');
    await new Promise((resolve) => setTimeout(resolve, 4000));
    expect(await machine().show(SERVICE, 'MainPID')).toBe(pid);
    expect(await machine().show(SERVICE, 'NRestarts')).toBe('0');
    const ping = await stamp(machine(), 'WatchdogTimestampMonotonic');
    expect(ping - (await stamp(machine(), 'ActiveEnterTimestampMonotonic'))).toBeGreaterThan(2_000_000);
  });

  test('a restart loses no request', async () => {
    const script = `
      const answers = [];
      const end = Date.now() + 1500;
      while (Date.now() < end || answers.length < 20) {
        answers.push((await fetch('${URL}/', { headers: { connection: 'close' } })).status);
      }
      console.log(answers.every((status) => status === 200));`;
    const load = machine().exec(process.execPath, ['--input-type=module', '-e', script], { check: true });
    const [{ stdout }] = await Promise.all([load, machine().systemctl('restart', SERVICE)]);
    expect(stdout).toBe('true\n');
  });
});
