// Runs one unit file on a real systemd and on the stand-in.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { readUnits } from '../../../src/cli/run/unit-files.ts';
import { UsageError } from '../../../src/cli/unit/usage.ts';
import { createManager } from '../../../src/manager/manager.ts';
import type { Machine } from '../machine.ts';

/** The facts that both can report. */
export interface Life {
  readonly loads: boolean;
  readonly activeState?: string;
  readonly result?: string;
  readonly restarts?: number;
  /** The arguments and variables of each command. */
  readonly dumps: readonly unknown[];
}

const OVER = /^(inactive|failed)$/;

/** Starts all units together: systemd runs their jobs side by side. */
export async function liveOnSystemd(machine: Machine, units: ReadonlyMap<string, string>): Promise<Map<string, Life>> {
  const names = [...units.keys()];
  const read = (): Promise<Map<string, Record<string, string>>> => readStates(machine, names);
  // A unit that cannot be loaded would prevent the start of all others.
  const loaded = [...(await read())].filter(([, { LoadState }]) => LoadState === 'loaded').map(([name]) => name);
  await machine.systemctl('start', '--no-block', ...loaded);
  const states = await machine.waitFor(async () => {
    const now = await read();
    const settled = [...now.values()].every(
      ({ ActiveState = '', SubState, Job = '' }) =>
        (Job === '' || Job === '0') && (OVER.test(ActiveState) || SubState === 'exited'),
    );
    return settled ? now : undefined;
  });
  return new Map(
    names.map((name): [string, Life] => {
      const { LoadState, ActiveState, Result, NRestarts } = states.get(name) ?? {};
      if (LoadState !== 'loaded') return [name, { loads: false, dumps: [] }];
      const life = { loads: true, activeState: ActiveState ?? '', result: Result ?? '', restarts: Number(NRestarts) };
      return [name, { ...life, dumps: takeDumps(units.get(name) ?? '') }];
    }),
  );
}

async function readStates(machine: Machine, names: string[]): Promise<Map<string, Record<string, string>>> {
  const asked = ['Id', 'LoadState', 'ActiveState', 'SubState', 'Result', 'NRestarts', 'Job'];
  const text = await machine.systemctl('show', '-p', asked.join(), ...names);
  return new Map(
    text.split('\n\n').map((block) => {
      const values = Object.fromEntries(block.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2)));
      return [values.Id ?? '', values];
    }),
  );
}

/** Only limits a run that hangs. */
export const LIFE_MAX = 200_000;

export async function liveInStandIn(file: string, out: string): Promise<Life> {
  try {
    const { service, manager: options } = readUnits([file], undefined);
    if (service === undefined) throw new Error('no service');
    const env = service.surroundings.environment({ PATH: process.env.PATH, HOME: '/root' });
    const manager = await createManager(options);
    const daemon = manager.startCommands(service.commands, { env, cwd: service.surroundings.folder });
    await Promise.race([daemon.ended, daemon.until('exited', ({ subState }) => subState === 'exited', LIFE_MAX)]);
    const { activeState, result, restarts } = daemon;
    await manager.close();
    return { loads: true, activeState, result, restarts, dumps: takeDumps(out) };
  } catch (error) {
    if (error instanceof UsageError) return { loads: false, dumps: [] };
    throw error;
  }
}

function takeDumps(out: string): string[][] {
  if (!existsSync(out)) return [];
  const dumps = readFileSync(out, 'utf8').split('END\0').slice(0, -1);
  rmSync(out);
  return dumps.map((dump) => dump.split('\0').slice(0, -1));
}
