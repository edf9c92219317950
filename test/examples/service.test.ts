// The example on the real systemd, with its unit files as they are.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../systemd/boot.ts';
import { describeOnSystemd } from '../systemd/on-systemd.ts';
import { get, installExample, verify } from './install.ts';

const UNIT = 'greeter.service';
const KEY = { authorization: 'Bearer sesame' };

test('all of it is in forty lines', () => {
  const source = readFileSync(join(packageRoot(), 'examples/service/server.ts'), 'utf8');
  expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(45);
});

describeOnSystemd(['host', 'trixie', 'sid'], 'the service example', (machine) => {
  let units: string[];

  beforeAll(async () => {
    units = await installExample(machine(), 'service', '/srv/greeter');
    await machine().write('/etc/greeter.token', 'sesame\n', 0o600);
    await machine().systemctl('enable', '--now', 'greeter.socket');
  });

  test('the units pass systemd-analyze verify', async () => {
    expect(await verify(machine(), units)).toBe('');
  });

  test('the first request starts it; the credential keeps others out', async () => {
    expect(await get(machine(), '/first', KEY)).toContain('You asked for /first.');
    expect(await get(machine())).toBe('401');
    await machine().waitForProperty(UNIT, 'StatusText', '1 requests answered');
  });

  test('a reload reads the page again, and a failed one is reported', async () => {
    await machine().write('/srv/greeter/page.html', 'another page');
    await machine().reload(UNIT);
    await machine().waitFor(async () => (await get(machine(), '/', KEY)) === 'another page');
    await machine().exec('rm', ['/srv/greeter/page.html'], { check: true });
    await machine().reload(UNIT);
    await machine().waitFor(async () => (await machine().journal('-u', UNIT, 'ERROR_CODE=ENOENT')).length === 1);
    await machine().write('/srv/greeter/page.html', 'another page');
  });

  test('it stops cleanly, and the next start knows its state', async () => {
    const before = /^\d+/.exec(await machine().show(UNIT, 'StatusText'))?.[0];
    await machine().stop(UNIT);
    expect(await machine().show(UNIT, 'Result')).toBe('success');
    expect(await machine().show(UNIT, 'ExecMainStatus')).toBe('0');
    const [entry] = await machine().journal('-u', UNIT, 'FORCED=0');
    const count = Number(/^stopped after (\d+) requests$/.exec(String(entry?.MESSAGE))?.[1]);
    expect(count).toBeGreaterThanOrEqual(Number(before ?? 1));
    await get(machine(), '/', KEY);
    await machine().waitForProperty(UNIT, 'StatusText', `${count + 1} requests answered`);
  });

  test('WatchdogSec= is held with its check', async () => {
    await machine().write(`/etc/systemd/system/${UNIT}.d/watchdog.conf`, '[Service]\nWatchdogSec=1\n');
    await machine().systemctl('daemon-reload');
    await machine().systemctl('restart', UNIT);
    const pid = await machine().show(UNIT, 'MainPID');
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(await machine().show(UNIT, 'MainPID')).toBe(pid);
  });
});
