// The stand-in and the real systemd run the same scenarios, and must give the same results.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL, LONG, testWith } from '../../left-out.ts';
import { describeOnSystemd } from '../../systemd/on-systemd.ts';
import { INPUTS } from './inputs.ts';
import { LIVES } from './lives.ts';
import { MESSAGES } from './messages.ts';
import { play, RUNNING, type Scenario } from './scenario.ts';
import { StandIn } from './stand-in.ts';
import { installAll, OnSystemd } from './systemd.ts';

const SCENARIOS: readonly Scenario[] = [...MESSAGES, ...LIVES, ...INPUTS];
/** Results that an older systemd gives differently, so the test does not compare them. */
const VERSIONS = { host: 252, trixie: 257, sid: 262 } as const;
const TIMEOUT_MS = 300_000;
/** A plain `npm test` plays one of so many on the stand-in: each starts a Node. */
const ONE_OF = ALL ? 1 : 6;

function table(version = 262): [string, Scenario][] {
  const found = SCENARIOS.filter(({ since = 0, root }) => since <= version && (!root || process.getuid?.() === 0));
  return found.map((scenario) => [scenario.name, scenario]);
}

test('there are at least sixty, each with its own name', () => {
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
  expect(SCENARIOS.length).toBeGreaterThanOrEqual(60);
});

describe('the stand-in', () => {
  const folder = mkdtempSync(join(tmpdir(), 'readyd-agreement-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const isPlayed = (_: unknown, index: number): boolean => index % ONE_OF === 0;
  for (const [name] of table().filter((row, index) => !isPlayed(row, index))) testWith(LONG, name, () => undefined);

  test.concurrent.each(table().filter(isPlayed))(
    '%s',
    async (_, scenario) => {
      const subject = await StandIn.create(scenario, folder);
      try {
        expect(await play(scenario, subject)).toEqual({ ...RUNNING, ...scenario.seen });
      } finally {
        await subject.close();
      }
    },
    TIMEOUT_MS,
  );
});

describeOnSystemd(['sid', 'trixie'], 'the same', (machine, target) => {
  const scenarios = table(VERSIONS[target]);

  beforeAll(async () => {
    await installAll(
      machine(),
      scenarios.map(([, scenario]) => scenario),
    );
  });

  test.concurrent.each(scenarios)(
    '%s',
    async (_, scenario) => {
      const seen = { ...RUNNING, ...scenario.seen };
      expect(await play(scenario, new OnSystemd(machine(), scenario))).toEqual(seen);
    },
    TIMEOUT_MS,
  );
});
