// Resolves the flags of `readyd unit` for this machine and this program.
import { realpathSync } from 'node:fs';
import { basename, extname, isAbsolute, resolve } from 'node:path';
import { INT32_MAX } from '../../arguments.ts';
import { trimEnd } from '../../trim-end.ts';
import { preloadFor } from '../auto-preload.ts';
import { nameOfUnnamed } from '../socket-name.ts';
import type { Flags } from './command-line.ts';
import type { GeneratedType, UnitDefinition } from './definition.ts';
import { importsOf } from './imports.ts';
import { type ListenAddress, parseListen } from './listen-address.ts';
import { checkName, checkUser, parseCount, parseCredential, parseFolder, parseTime, parseVariable } from './parts.ts';
import { packageOf, shownFor } from './places.ts';
import { checkProgram, isFile, programIn, readPackage } from './program.ts';
import { type Speech, speechOf, withAuto } from './speech.ts';
import { UsageError, unfit } from './usage.ts';

const FOLDERS = {
  state: 'StateDirectory',
  cache: 'CacheDirectory',
  logs: 'LogsDirectory',
  runtime: 'RuntimeDirectory',
  configuration: 'ConfigurationDirectory',
} as const;

/** The first version with LoadCredential= and ProtectProc=. Also the default target if the version is unknown. */
const SYSTEMD_MIN = 247;

/** The facts about the machine, replaceable in tests. */
export interface UnitSurroundings {
  readonly cwd: string;
  readonly node: string;
  /** The major version of the local systemd, if there is one. */
  systemd(): number | undefined;
}

/**
 * What the wizard knows of a program before it asks about it.
 *
 * @throws UsageError for one that a service cannot run.
 */
export function lookAtProgram(given: string, { cwd, node }: Pick<UnitSurroundings, 'cwd' | 'node'>): Speech {
  const program = resolve(cwd, given);
  checkCommand(given, [], program, cwd);
  checkProgram(program, node, {});
  return speechOf(importsOf(program));
}

/** @throws UsageError */
export function defineUnit(flags: Flags, around: UnitSurroundings): UnitDefinition {
  const [given, ...args] = flags.positionals;
  if (given === undefined) throw new UsageError('which program? expected: readyd unit PROGRAM');
  const program = resolve(around.cwd, given);
  checkCommand(given, args, program, around.cwd);
  const node = findNode(resolve(around.cwd, flags.node ?? around.node));
  const env = Object.fromEntries((flags.env ?? []).map((text) => parseVariable(text)));
  checkProgram(program, node, env);
  const workingDirectory = packageOf(program);
  const name = checkName('--name', flags.name ?? nameFor(program, workingDirectory));
  const manager = flags.user === true ? 'user' : 'system';
  if (manager === 'user' && flags['run-as'] !== undefined)
    throw new UsageError('--run-as and --user: a unit of a user runs as that user');
  const systemd =
    flags.systemd === undefined
      ? (around.systemd() ?? SYSTEMD_MIN)
      : parseCount('--systemd', flags.systemd, SYSTEMD_MIN, 9999);
  const preload = flags.auto === true ? preloadFor(program) : undefined;
  const seen = speechOf(importsOf(program, preloadsOf(env)));
  const speech = preload === undefined ? seen : withAuto(seen);
  const type = typeOf(flags, speech, systemd);
  checkWishes(flags, speech);
  const listen = (flags.listen ?? []).map((text) => parseListen(text));
  if (!name.endsWith('@') && listen.some(({ value }) => /(^|:)%i$/.test(value)))
    throw new UsageError('--listen: only a template has %i, as with --name app@');
  const credentials = (flags.credential ?? []).map((text) => parseCredential(text));
  return {
    name,
    description: flags.description ?? (name.endsWith('@') ? `${name}%i` : name),
    node,
    program,
    args,
    preload,
    workingDirectory,
    shown: shownFor(node, program, preload),
    systemd,
    type,
    reloadBySignal: flags.reload === true && type !== 'notify-reload',
    manager,
    endsBySigterm: !speech.stops && type !== 'oneshot',
    speech,
    listen: nameAll(listen),
    watchdog: flags.watchdog === undefined ? undefined : parseTime('--watchdog', flags.watchdog),
    fdStore: flags['fd-store'] === undefined ? 0 : parseCount('--fd-store', flags['fd-store'], 0, INT32_MAX),
    directories: foldersOf(flags, name),
    credentials,
    user: flags['run-as'] === undefined ? undefined : checkUser(flags['run-as']),
    env,
  };
}

/** The first version with Type=notify-reload; earlier versions treat it as Type=simple. */
const NOTIFY_RELOAD_SINCE = 253;
const TYPES: readonly string[] = ['notify', 'notify-reload', 'exec', 'simple', 'oneshot'] satisfies GeneratedType[];

function typeOf({ type, reload }: Flags, speech: Speech, systemd: number): GeneratedType {
  if (type !== undefined && !TYPES.includes(type)) throw unfit('--type', type, `expected ${TYPES.join(', ')}`);
  if (type === 'notify-reload' && systemd < NOTIFY_RELOAD_SINCE)
    throw unfit('--type', type, `systemd ${systemd} does not know it: --type notify and --reload`);
  if (type !== undefined) return type as GeneratedType; // one of TYPES
  if (!speech.ready) return 'exec';
  return reload === true && systemd >= NOTIFY_RELOAD_SINCE ? 'notify-reload' : 'notify';
}

/** Refuses to wait for messages that the program never sends. With --type the user overrides this check. */
function checkWishes({ type, watchdog, reload }: Flags, speech: Speech): void {
  if (type !== undefined) return;
  if (watchdog !== undefined && !speech.watchdog)
    throw unfit(
      '--watchdog',
      watchdog,
      'the program does not call watchdog() or service() of readyd, so systemd would kill it again and again; --type notify if it does in a way that is not seen',
    );
  if (reload === true && !speech.reload)
    throw new UsageError(
      '--reload: the program does not handle SIGHUP, which would end it: reload() or service({ reload }) of readyd; --type notify if it does in a way that is not seen',
    );
}

/** Modules that are loaded before the program. */
function preloadsOf(env: Readonly<Record<string, string>>): string[] {
  const options = (env.NODE_OPTIONS ?? '').split(/[\s=]+/);
  return options.flatMap((word, at) => (/^(-r|--require|--import)$/.test(word) ? (options[at + 1] ?? []) : []));
}

/** As `readyd run` names them. */
function nameAll(listen: readonly ListenAddress[]): ListenAddress[] {
  const unnamed = nameOfUnnamed(listen.map(({ name }) => name));
  return listen.map((address) => (address.name === '' ? { ...address, name: unnamed } : address));
}

const RUNNER = /^(npm|npx|yarn|pnpm|bun|node|nodejs|tsx|sh|bash)$/;

/** `npm start`, also as one word. */
function checkCommand(given: string, args: readonly string[], program: string, cwd: string): void {
  const words = [...given.trim().split(/\s+/), ...args];
  // A file of that name may be the program, but not the command itself.
  const isProgram = isFileAt(program) && !/\/bin\/[^/]+$/.test(program);
  if (!RUNNER.test(basename(words[0] ?? '')) || isProgram) return;
  if (/^(node|nodejs|bun|tsx)$/.test(basename(words[0] ?? '')))
    throw unfit('the program', given, `leave out ${words[0]}: readyd unit ${words.slice(1).join(' ') || 'PROGRAM'}`);
  const script = readPackage(cwd).scripts?.[words[1] === 'run' ? (words[2] ?? '') : (words[1] ?? 'start')];
  const command = typeof script === 'string' ? `: that runs '${script}'` : programIn(cwd).replace('; its', ': its');
  throw unfit('the program', words.join(' '), `a service starts the program itself, without ${words[0]}${command}`);
}

function isFileAt(path: string): boolean {
  try {
    return isFile('the program', path);
  } catch {
    return false;
  }
}

function foldersOf(flags: Flags, name: string): Record<string, string[]> {
  const entries = Object.entries(FOLDERS).map(([flag, setting]) => {
    const names = flags[flag as keyof typeof FOLDERS] ?? []; // its own keys
    // `--state=` means the folder with the service's name.
    return [
      setting,
      names.map((text) => parseFolder(`--${flag}`, text === '' ? name.replace(/@$/, '/%i') : text)),
    ] as const;
  });
  return Object.fromEntries(entries.filter(([, names]) => names.length > 0));
}

function findNode(path: string): string {
  if (!isFile('--node', path)) throw unfit('--node', path, 'there is no such file');
  return realpathSync(path);
}

// Names such as `server` or `index` are not descriptive: then the folder's name is used.
const COMMON = /^(app|bin|cli|index|main|server|start|www)$/;

function nameFor(program: string, folder: string): string {
  const own = basename(program, extname(program));
  const name = COMMON.test(own) && isAbsolute(folder) && folder !== '/root' ? basename(folder) : own;
  const plain = name.normalize('NFKD').replaceAll(/\p{Mark}/gu, '');
  return trimEnd(plain.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[-.]+/, ''), '-.') || 'app';
}
