// Units of programs that were not written for systemd, with readyd/auto as their preload.
import type { JournalRecord, Machine } from './machine.ts';
import { copyPackage, PACKAGE } from './service.ts';

export interface Unaware {
  /** The unit's name, without `.service`. */
  readonly name: string;
  readonly script: string;
  /** The ending of the script's file; `cjs` by default. */
  readonly type?: 'cjs' | 'mjs';
  /** Node's options; `--import …/auto.js` by default. */
  readonly options?: readonly string[];
  /** Lines for [Service]. */
  readonly service?: string;
  /** Lines for [Socket]; without them there is no socket unit. */
  readonly socket?: string;
}

/** How Node loads it, in each of the ways. */
export const BY_IMPORT: readonly string[] = ['--import', `${PACKAGE}/dist/auto.js`];
export const BY_REQUIRE: readonly string[] = ['--require', `${PACKAGE}/dist/auto.cjs`];

/** Installs the unit and returns its name. The test starts it. */
export async function installUnaware(machine: Machine, program: Unaware): Promise<string> {
  const { name, script, type = 'cjs', options = BY_IMPORT, service = '', socket } = program;
  const path = `/srv/${name}-main.${type}`;
  await copyPackage(machine);
  await machine.write(path, script);
  const kind = /^Type=/m.test(service) ? '' : 'Type=notify\n';
  const command = [process.execPath, ...options, path].join(' ');
  await machine.install({
    [`${name}.service`]: `[Unit]\nStartLimitIntervalSec=0\n[Service]\n${kind}ExecStart=${command}\n${service}\n`,
    ...(socket === undefined ? {} : { [`${name}.socket`]: `[Socket]\n${socket}\n` }),
  });
  return `${name}.service`;
}

/** The entries of a unit's processes, without those of systemd about it. */
export async function entriesOf(machine: Machine, unit: string): Promise<JournalRecord[]> {
  return await machine.journal(`_SYSTEMD_UNIT=${unit}`);
}

/** The level and the message of each entry. */
export async function printed(machine: Machine, unit: string): Promise<string[]> {
  return (await entriesOf(machine, unit)).map(({ PRIORITY, MESSAGE }) => `${String(PRIORITY)} ${String(MESSAGE)}`);
}
