// Parses the command line of `readyd run`.
import { accessSync, constants } from 'node:fs';
import { parseEndpoint } from '../../manager/listener.ts';
import type { ManagerOptions } from '../../manager/options.ts';
import { type Command, RESTARTS, SERVICE_TYPES } from '../../manager/settings.ts';
import { ownPreload, withPreload } from '../auto-preload.ts';
import { nameOfUnnamed } from '../socket-name.ts';
import { UsageError } from '../unit/usage.ts';
import { type OptionValues, parseOptions, splitCommand } from './options.ts';
import { readUnits } from './unit-files.ts';
import { assignment, count, oneOf, time } from './values.ts';

/** The program to run, and how to run it. */
export interface Plan {
  readonly commands: readonly Command[];
  readonly cwd: string | undefined;
  /** Read again for each start, because a file of EnvironmentFile= may have changed. */
  readonly env: () => NodeJS.ProcessEnv;
  readonly watch: readonly string[];
  readonly json: boolean;
  /** Start at the first connection. */
  readonly onDemand: boolean;
  readonly manager: ManagerOptions;
  /** Settings of the unit files that are not supported. */
  readonly notes: readonly string[];
}

/** @throws UsageError with a one-line message. */
export function parseArguments(argv: readonly string[]): Plan | 'help' | 'version' {
  const [own, given] = splitCommand(argv);
  const values = parseOptions(own);
  if (values.help) return 'help';
  if (values.version) return 'version';
  const { service, manager, notes } = readUnits(values.unit ?? [], values.instance);
  const commands = given.length > 0 ? [{ argv: checkCommand(given) }] : (service?.commands ?? []);
  if (commands.length === 0) throw new UsageError('there is no command to run');
  const { surroundings } = service ?? {};
  const added = Object.fromEntries((values.env ?? []).map(assignment));
  const env = (): NodeJS.ProcessEnv => {
    const all = { ...(surroundings?.environment(process.env) ?? process.env), ...added };
    return values.auto === true ? { ...all, NODE_OPTIONS: withPreload(all.NODE_OPTIONS, ownPreload()) } : all;
  };
  // Reports a missing file before anything starts.
  env();
  const listen = { ...manager.listen, ...listeners(values.listen ?? []) };
  const onDemand = values['on-demand'] ?? false;
  if (onDemand && Object.keys(listen).length === 0) throw new UsageError('--on-demand: there is no socket to wait on');
  return {
    commands,
    cwd: given.length > 0 && !surroundings?.hasFolder ? undefined : surroundings?.folder,
    env,
    watch: values.watch ?? [],
    json: values.json ?? false,
    onDemand,
    manager: { ...manager, ...(Object.keys(listen).length > 0 && { listen }), ...settings(values) },
    notes,
  };
}

/** If the command is a Node script, runs it with Node: it may have no `#!` line, or not be executable. */
function checkCommand(command: readonly string[]): readonly string[] {
  const [file = '', ...args] = command;
  if (!/\.[cm]?[jt]s$/.test(file) || file.includes('\0') || isExecutable(file)) return command;
  throw new UsageError(`${file} is not a command (did you mean -- node ${[file, ...args].join(' ')}?)`);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function listeners(texts: readonly string[]): Record<string, readonly string[]> {
  const found: Record<string, readonly string[]> = Object.create(null);
  const parsed = texts.map((text) => /^(?:([^=/@[]*)=)?(.*)$/s.exec(text) ?? []);
  const unnamed = nameOfUnnamed(parsed.flatMap(([, given]) => given ?? []));
  for (const [, given, address = ''] of parsed) {
    const name = given ?? unnamed;
    if (!/^[\x20-\x39\x3b-\x5b\x5d-\x7e]{1,255}$/.test(name))
      throw new UsageError(`--listen: '${name}' is not a name for a socket`);
    const before = found[name] ?? [];
    found[name] = [...before, checkAddress(address)];
  }
  return found;
}

function checkAddress(address: string): string {
  try {
    parseEndpoint(address);
    return address;
  } catch (error) {
    throw new UsageError(`--listen: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function settings(values: OptionValues): ManagerOptions {
  const { watchdog, type, restart } = values;
  const store = values['fd-store'];
  const start = values['start-timeout'];
  const stop = values['stop-timeout'];
  return {
    ...(watchdog !== undefined && { watchdog: time('--watchdog', watchdog, 0) }),
    ...(store !== undefined && { fdStore: count('--fd-store', store) }),
    ...(type !== undefined && { type: oneOf('--type', type, SERVICE_TYPES) }),
    ...(restart !== undefined && { restart: oneOf('--restart', restart, RESTARTS) }),
    ...(start !== undefined && { startTimeout: time('--start-timeout', start, Number.POSITIVE_INFINITY) }),
    ...(stop !== undefined && { stopTimeout: time('--stop-timeout', stop, Number.POSITIVE_INFINITY) }),
  };
}
