// The programs of docs/auto-recipes.md, unchanged from npm, with the units of that page: side by side in one machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, expect, it, test } from 'vitest';
import { leftOut } from '../left-out.ts';
import { packageRoot } from '../systemd/boot.ts';
import type { Machine } from '../systemd/machine.ts';
import { describeOnSystemd } from '../systemd/on-systemd.ts';
import { build, MODULES } from './builds.ts';
import { prepare } from './machine.ts';
import { RECIPES, type Recipe, UNIT_NAMES, unitOf } from './recipes.ts';

const CLIENTS = join(packageRoot(), 'test/programs/clients.js');
const HELD_US = 5_000_000;
/** Settings that are not in the page: they show more in less time. */
const DROP_IN = '[Unit]\nStartLimitIntervalSec=0\n[Service]\nWatchdogSec=2\n';

/** Installs it, also where an earlier try has left something, and returns where it is to serve. */
async function install(machine: Machine, { name }: Recipe): Promise<string | undefined> {
  const folder = await build(name);
  const script = 'systemctl stop "$1.socket" "$1"; rm -rf "/srv/$1"; cp -r "$2" "/srv/$1"';
  await machine.exec('sh', ['-c', script, 'install', name, folder], { check: true });
  const [service, socket] = [unitOf(`${name}.service`), unitOf(`${name}.socket`)];
  if (service === undefined) throw new Error(`docs/auto-recipes.md has no ${name}.service`);
  await machine.install({
    [`${name}.service`]: service,
    [`${name}.service.d/test.conf`]: DROP_IN,
    ...(socket !== undefined && { [`${name}.socket`]: socket }),
  });
  if (socket === undefined) return undefined;
  await machine.systemctl('start', `${name}.socket`);
  return /^ListenStream=(.*)$/m.exec(socket)?.[1];
}

/** Waits until the watchdog has been kept for five seconds, by the same process. */
async function holdWatchdog(machine: Machine, unit: string): Promise<void> {
  const pid = await machine.show(unit, 'MainPID');
  for (;;) {
    const properties = ['WatchdogTimestampMonotonic', 'ActiveEnterTimestampMonotonic', 'MainPID', 'ActiveState'];
    const shown = await machine.systemctl('show', unit, ...properties.map((name) => `--property=${name}`));
    const of = Object.fromEntries(shown.split('\n').map((line) => line.split('=') as [string, string]));
    expect(of).toMatchObject({ MainPID: pid, ActiveState: 'active' });
    if (Number(of.WatchdogTimestampMonotonic) - Number(of.ActiveEnterTimestampMonotonic) > HELD_US) return;
    await delay(500);
  }
}

async function restart(machine: Machine, unit: string): Promise<void> {
  for (let round = 0; round < 3; round += 1) await machine.systemctl('restart', unit);
}

async function restartUnderLoad(machine: Machine, unit: string, listen: string, { path = '/', fails = '' }: Recipe) {
  const [file, ...args] = machine.enter(process.execPath, [CLIENTS, listen, path, fails]);
  const clients = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const output = text(clients.stdout);
  await restart(machine, unit);
  clients.stdin.end();
  await once(clients, 'close');
  const { answers, failures } = JSON.parse(await output) as { answers: number; failures: string[] };
  expect(failures).toEqual([]);
  expect(answers).toBeGreaterThan(8);
}

async function live(machine: Machine, recipe: Recipe): Promise<void> {
  const { name, errors = [], prints } = recipe;
  const unit = `${name}.service`;
  const listen = await install(machine, recipe);
  const began = `--since=@${(await machine.exec('date', ['+%s.%N'])).stdout.trim()}`;
  await machine.start(unit);
  if (listen !== undefined) expect(await machine.show(unit, 'StatusText')).toContain(`listens on ${listen}`);
  await holdWatchdog(machine, unit);
  await (listen === undefined ? restart(machine, unit) : restartUnderLoad(machine, unit, listen, recipe));
  if (prints !== undefined) {
    const entry = await machine.waitFor(async () => {
      const found = await machine.journal(began, `--unit=${unit}`, `--grep=^${prints}$`);
      return found[0];
    });
    expect(entry).toMatchObject({ MESSAGE: prints, PRIORITY: '6', SYSLOG_IDENTIFIER: name });
  }
  await machine.stop(unit);
  expect(await machine.show(unit, 'Result')).toBe('success');
  const found = await machine.journal(began, '--priority=err', `--unit=${unit}`);
  const lines = found.map(({ MESSAGE }) => String(MESSAGE).trimStart().split('\n')[0]);
  // A job of bree that runs each second prints the same each time.
  expect(prints === undefined ? lines : [...new Set(lines)]).toEqual(
    errors.map((pattern) => expect.stringMatching(pattern)),
  );
  if (listen !== undefined) await machine.systemctl('stop', `${name}.socket`);
}

test('is installed: npm ci --ignore-scripts --prefix test/programs', () => expect(existsSync(MODULES)).toBe(true));

test('every unit of docs/auto-recipes.md is run', () => {
  const names = RECIPES.flatMap(({ name }) =>
    name === 'bree' ? [`${name}.service`] : [`${name}.service`, `${name}.socket`],
  );
  expect(UNIT_NAMES.toSorted()).toEqual(names.toSorted());
});

describeOnSystemd(['host', 'sid'], 'a program from npm, unchanged,', (machine) => {
  beforeAll(() => prepare(machine()));

  for (const recipe of RECIPES) {
    if (recipe.lack !== undefined) it.skip(leftOut(recipe.name, recipe.lack));
    else (recipe.alone ? it : it.concurrent)(recipe.name, () => live(machine(), recipe));
  }
});
