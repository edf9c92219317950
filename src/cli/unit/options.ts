// The command line of `readyd unit`: what it may hold, and what it means on this machine.
import { realpathSync } from 'node:fs';
import { basename, extname, isAbsolute, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { UnitDefinition } from './definition.ts';
import { parseListen } from './listen-address.ts';
import { checkName, checkUser, parseCount, parseCredential, parseFolder, parseTime, parseVariable } from './parts.ts';
import { packageOf, shownFor } from './places.ts';
import { checkProgram, isFile } from './program.ts';
import { UsageError, unfit } from './usage.ts';

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  name: { type: 'string' },
  description: { type: 'string' },
  listen: { type: 'string', multiple: true },
  watchdog: { type: 'string' },
  reload: { type: 'boolean' },
  'fd-store': { type: 'string' },
  state: { type: 'string', multiple: true },
  cache: { type: 'string', multiple: true },
  logs: { type: 'string', multiple: true },
  runtime: { type: 'string', multiple: true },
  configuration: { type: 'string', multiple: true },
  credential: { type: 'string', multiple: true },
  user: { type: 'string' },
  env: { type: 'string', multiple: true },
  node: { type: 'string' },
  systemd: { type: 'string' },
  output: { type: 'string', short: 'o' },
  force: { type: 'boolean' },
} as const;

type Parsed = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>;
export type Flags = Parsed['values'] & { positionals: string[] };

const FOLDERS = {
  state: 'StateDirectory',
  cache: 'CacheDirectory',
  logs: 'LogsDirectory',
  runtime: 'RuntimeDirectory',
  configuration: 'ConfigurationDirectory',
} as const;

/** LoadCredential= and ProtectProc= came with it. Also what is written for where nobody says which systemd it will be. */
const SYSTEMD_MIN = 247;

/** @throws UsageError for a flag that does not exist. */
export function parseFlags(args: readonly string[]): Flags {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    return { ...values, positionals };
  } catch (error) {
    // What parseArgs explains goes on for three sentences.
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
}

/** What the machine is asked, so that it can be another one in a test. */
export interface Surroundings {
  readonly cwd: string;
  readonly node: string;
  /** The major version of the systemd here, if there is one. */
  systemd(): number | undefined;
}

/** @throws UsageError */
export function defineUnit(flags: Flags, around: Surroundings): UnitDefinition {
  const [given, ...args] = flags.positionals;
  if (given === undefined) throw new UsageError('which program? expected: readyd unit PROGRAM');
  const program = resolve(around.cwd, given);
  const node = findNode(resolve(around.cwd, flags.node ?? around.node));
  const env = Object.fromEntries((flags.env ?? []).map((text) => parseVariable(text)));
  checkProgram(program, node, env);
  const workingDirectory = packageOf(program);
  const name = checkName('--name', flags.name ?? nameFor(program, workingDirectory));
  const credentials = (flags.credential ?? []).map((text) => parseCredential(text));
  return {
    name,
    description: flags.description ?? name,
    node,
    program,
    args,
    workingDirectory,
    shown: shownFor(node, program),
    systemd:
      flags.systemd === undefined
        ? (around.systemd() ?? SYSTEMD_MIN)
        : parseCount('--systemd', flags.systemd, SYSTEMD_MIN, 9999),
    reload: flags.reload ?? false,
    listen: (flags.listen ?? []).map((text) => parseListen(text)),
    watchdog: flags.watchdog === undefined ? undefined : parseTime('--watchdog', flags.watchdog),
    fdStore: flags['fd-store'] === undefined ? 0 : parseCount('--fd-store', flags['fd-store'], 0, 2_147_483_647),
    directories: foldersOf(flags, name),
    credentials,
    user: flags.user === undefined ? undefined : checkUser(flags.user),
    env,
  };
}

function foldersOf(flags: Flags, name: string): Record<string, string[]> {
  const entries = Object.entries(FOLDERS).map(([flag, setting]) => {
    const names = flags[flag as keyof typeof FOLDERS] ?? []; // its own keys
    // `--state=` is the folder of the service's own name.
    return [setting, names.map((text) => parseFolder(`--${flag}`, text === '' ? name : text))] as const;
  });
  return Object.fromEntries(entries.filter(([, names]) => names.length > 0));
}

function findNode(path: string): string {
  if (!isFile('--node', path)) throw unfit('--node', path, 'there is no such file');
  return realpathSync(path);
}

// A service called `server` or `index` says nothing: then the folder has the better name.
const COMMON = /^(app|bin|cli|index|main|server|start|www)$/;

function nameFor(program: string, folder: string): string {
  const own = basename(program, extname(program));
  const name = COMMON.test(own) && isAbsolute(folder) && folder !== '/root' ? basename(folder) : own;
  const plain = name.normalize('NFKD').replaceAll(/\p{Mark}/gu, '');
  return plain.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '') || 'app';
}
