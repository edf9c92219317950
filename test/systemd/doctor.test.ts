// Set-ups that do not work and set-ups that do, on real systemds: what readyd doctor says of them, word for word. All of them
// run in one machine, side by side.
import { beforeAll, describe, expect, test } from 'vitest';
import { BROKEN } from './doctor/broken.ts';
import { expectFindings } from './doctor/expected.ts';
import { bundle, doctor, installAll, look, type SetUp, unitOf } from './doctor/set-up.ts';
import { SOUND } from './doctor/sound.ts';
import { describeOnSystemd } from './on-systemd.ts';

beforeAll(bundle);

test('the tables are as long as they are meant to be', () => {
  expect(Object.keys(BROKEN).length).toBeGreaterThanOrEqual(50);
  expect(Object.keys(SOUND).length).toBeGreaterThanOrEqual(20);
});

describeOnSystemd(['host', 'sid'], 'readyd doctor', (machine, target) => {
  beforeAll(async () => {
    await installAll(machine(), { ...BROKEN, ...SOUND });
  });

  const check = async (name: string, given: SetUp): Promise<void> => {
    const text = await look(machine(), name, given);
    expectFindings(name, target, text);
    expect(text).toMatch(/^\S+: \d findings?\n/);
  };
  const broken = Object.entries<SetUp>(BROKEN);

  describe.concurrent('finds', () => {
    test.each(broken.filter(([, { alone }]) => !alone))('%s', check);
  });

  describe.concurrent('finds nothing', () => {
    test.each(Object.entries<SetUp>(SOUND))('%s', async (name, given) => {
      expect(await look(machine(), name, given)).toBe(`${unitOf(name)}: nothing found`);
    });
  });

  test.each(broken.filter(([, { alone }]) => alone))('finds %s', check);

  test('a start, step by step', async () => {
    const watched = doctor(machine(), '--watch', unitOf('restarts'));
    await machine().waitFor(async () => {
      await machine().systemctl('restart', '--no-block', unitOf('restarts'));
      return await Promise.race([watched.then(() => true), new Promise((resolve) => setTimeout(resolve, 1000, false))]);
    }, 20_000);
    const text = await watched;
    expect(text).toMatch(/^ +\+\d+\.\d{3} s {2}activating \(/m);
    expect(text).toMatch(/^restarts\.service: 1 finding$/m);
  });
});
