// The example on the real systemd, with its unit files as they are. Type=notify-reload came with systemd 253.
import { beforeAll, expect, test } from 'vitest';
import { describeOnSystemd } from '../systemd/on-systemd.ts';
import { get, installExample, verify } from './install.ts';

const UNIT = 'settings.service';

describeOnSystemd(['trixie', 'sid'], 'the reload example', (machine) => {
  let units: string[];

  beforeAll(async () => {
    units = await installExample(machine(), 'reload', '/srv/settings');
    await machine().start(UNIT);
  });

  async function settle(settings: string): Promise<void> {
    await machine().write('/srv/settings/settings.json', settings);
    await machine().reload(UNIT);
  }

  test('the unit passes systemd-analyze verify', async () => {
    expect(await verify(machine(), units)).toBe('');
  });

  test('when systemctl reload returns, the new settings are in use', async () => {
    expect(await get(machine())).toBe('Good morning\n');
    for (const greeting of ['one', 'two', 'three']) {
      await settle(JSON.stringify({ greeting }));
      expect(await get(machine())).toBe(`${greeting}\n`);
    }
  });

  test.each([
    ['{', /^reload failed: .*JSON/],
    ['{}', /^reload failed: settings.json has no "greeting"$/],
  ])('settings that are no good (%s) are told, and the old ones stay', async (settings, status) => {
    await settle('{ "greeting": "good" }');
    await settle(settings);
    expect(await machine().show(UNIT, 'StatusText')).toMatch(status);
    expect(await machine().show(UNIT, 'ActiveState')).toBe('active');
    expect(await get(machine())).toBe('good\n');
    await settle('{ "greeting": "good again" }');
    await machine().waitForProperty(UNIT, 'StatusText', 'greets with "good again"');
  });

  test('settings that are no good at the start: it fails, and says why', async () => {
    await machine().stop(UNIT);
    await machine().write(`/etc/systemd/system/${UNIT}.d/once.conf`, '[Service]\nRestart=no\n');
    await machine().write('/srv/settings/settings.json', '{}');
    await machine().systemctl('daemon-reload');
    await expect(machine().start(UNIT)).rejects.toThrow();
    expect(await machine().show(UNIT, 'StatusText')).toBe('start failed: settings.json has no "greeting"');
  });
});
