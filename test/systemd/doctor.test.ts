// Set-ups that do not work and set-ups that do, on real systemds: what readyd doctor says of them, word for word. All of them
// run in one machine, side by side.
import { beforeAll, expect, test } from 'vitest';
import { BROKEN } from './doctor/broken.ts';
import { expectFindings } from './doctor/expected.ts';
import { bundle, doctor, installAll, lookAt, type SetUp, unitOf } from './doctor/set-up.ts';
import { SOUND } from './doctor/sound.ts';
import { describeOnSystemd } from './on-systemd.ts';

beforeAll(bundle);

test('the tables are as long as they are meant to be', () => {
  expect(Object.keys(BROKEN).length).toBeGreaterThanOrEqual(50);
  expect(Object.keys(SOUND).length).toBeGreaterThanOrEqual(20);
});

const all: Readonly<Record<string, SetUp>> = { ...BROKEN, ...SOUND };
const isAlone = ([, { alone }]: readonly [string, SetUp]): boolean => alone === true;

describeOnSystemd(['host', 'sid'], 'readyd doctor', (machine, target) => {
  let found = new Map<string, string>();

  beforeAll(async () => {
    await installAll(machine(), all);
    const others = Object.entries(all).filter((one) => !isAlone(one));
    found = await lookAt(machine(), Object.fromEntries(others));
    for (const [name, given] of Object.entries(all).filter(isAlone)) {
      for (const [own, text] of await lookAt(machine(), { [name]: given })) found.set(own, text);
    }
  });

  // CI tries a test once more: then it is looked at alone, from the start.
  const look = async (name: string, given: SetUp): Promise<string | undefined> => {
    const text = found.get(name);
    found.delete(name);
    if (text !== undefined) return text;
    await machine().exec('sh', ['-c', 'systemctl stop "$1"; systemctl reset-failed "$1"', 'again', unitOf(name)]);
    return (await lookAt(machine(), { [name]: given })).get(name);
  };

  test.each(Object.entries<SetUp>(BROKEN))('finds %s', async (name, given) => {
    const text = await look(name, given);
    expectFindings(name, target, text ?? '');
    expect(text).toMatch(/^\S+: \d findings?\n/);
  });

  test.each(Object.entries<SetUp>(SOUND))('finds nothing: %s', async (name, given) => {
    expect(await look(name, given)).toBe(`${unitOf(name)}: nothing found`);
  });

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
