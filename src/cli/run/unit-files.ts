// What `readyd run --unit` takes from unit files: systemd.service(5), systemd.socket(5), systemd.syntax(7)
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { ManagerOptions } from '../../manager/manager.ts';
import type { Command } from '../../manager/settings.ts';
import { splitCommandLine } from './command-line.ts';
import { time, UsageError } from './values.ts';

/** What unit files add to the command line. */
export interface Amend {
  readonly command: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly manager: ManagerOptions;
}

interface Entry {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

const NOTHING: Amend = { command: [], cwd: undefined, env: {}, manager: {} };

export function readUnits(files: readonly string[]): Amend {
  let found = NOTHING;
  for (const file of files) {
    if (file.endsWith('.socket')) {
      const listen = { ...found.manager.listen, ...socketUnit(file, parseUnit(file)) };
      found = { ...found, manager: { ...found.manager, listen } };
    } else if (file.endsWith('.service')) {
      const service = serviceUnit(file, parseUnit(file));
      found = { ...service, manager: { ...found.manager, ...service.manager } };
    } else throw new UsageError(`--unit: '${file}' is neither a .service nor a .socket`);
  }
  return found;
}

function parseUnit(file: string): Entry[] {
  const entries: Entry[] = [];
  let section = '';
  for (const line of read(file).replaceAll(/\\\n/g, ' ').split('\n')) {
    const text = line.trim();
    if (text === '' || text.startsWith('#') || text.startsWith(';')) continue;
    const heading = /^\[(.*)\]$/.exec(text)?.[1];
    if (heading !== undefined) {
      section = heading;
      continue;
    }
    const equals = text.indexOf('=');
    if (equals < 1 || section === '') throw new UsageError(`--unit: ${file}: cannot read '${text}'`);
    entries.push({ section, key: text.slice(0, equals).trimEnd(), value: text.slice(equals + 1).trimStart() });
  }
  return entries;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--unit: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The last one counts, and an empty one forgets those before it. */
function last(entries: readonly Entry[], section: string, key: string): string | undefined {
  return all(entries, section, key).at(-1);
}

function all(entries: readonly Entry[], section: string, key: string): string[] {
  const values = entries.filter((entry) => entry.section === section && entry.key === key).map(({ value }) => value);
  return values.slice(values.lastIndexOf('') + 1);
}

function socketUnit(file: string, entries: readonly Entry[]): Record<string, string> {
  const name = last(entries, 'Socket', 'FileDescriptorName') ?? basename(file);
  const streams = all(entries, 'Socket', 'ListenStream');
  const addresses = [...streams, ...all(entries, 'Socket', 'ListenDatagram').map((address) => `udp:${address}`)];
  if (addresses.length === 0) throw new UsageError(`--unit: ${file} has no ListenStream= and no ListenDatagram=`);
  if (addresses.length > 1) throw new UsageError(`--unit: ${file} has several sockets of one name; give each a file`);
  return { [name]: addresses[0] ?? '' };
}

const TIMES = {
  WatchdogSec: ['watchdog', 0],
  TimeoutStartSec: ['startTimeout', Number.POSITIVE_INFINITY],
  TimeoutStopSec: ['stopTimeout', Number.POSITIVE_INFINITY],
  TimeoutAbortSec: ['abortTimeout', Number.POSITIVE_INFINITY],
  RestartSec: ['restartDelay', Number.POSITIVE_INFINITY],
} as const;
const WORDS = {
  NotifyAccess: 'notifyAccess',
  Restart: 'restart',
  KillMode: 'killMode',
  FileDescriptorStorePreserve: 'fdStorePreserve',
  KillSignal: 'killSignal',
  ReloadSignal: 'reloadSignal',
  WatchdogSignal: 'watchdogSignal',
} as const;
const FLAGS = { RemainAfterExit: 'remainAfterExit', NonBlocking: 'nonBlocking' } as const;
const COMMANDS = {
  ExecStartPre: 'startPre',
  ExecStartPost: 'startPost',
  ExecReload: 'reload',
  ExecStop: 'stop',
  ExecStopPost: 'stopPost',
} as const;

function serviceUnit(file: string, entries: readonly Entry[]): Amend {
  const get = (key: string): string | undefined => last(entries, 'Service', key);
  const env = environment(file, entries);
  const start = get('ExecStart');
  if (start === undefined) throw new UsageError(`--unit: ${file} has no ExecStart=`);
  const manager: Record<string, unknown> = { type: get('Type') ?? 'simple' };
  for (const [key, [name, never]] of Object.entries(TIMES)) {
    const value = get(key);
    if (value !== undefined) manager[name] = time(`${file}: ${key}`, value, never);
  }
  for (const [key, name] of Object.entries(WORDS)) {
    const value = get(key);
    if (value !== undefined) manager[name] = value;
  }
  for (const [key, name] of Object.entries(COMMANDS)) {
    const commands = all(entries, 'Service', key).map((line) => command(line, env));
    if (commands.length > 0) manager[name] = commands;
  }
  const store = get('FileDescriptorStoreMax');
  if (store !== undefined) manager.fdStore = Number(store);
  for (const [key, name] of Object.entries(FLAGS)) {
    if (/^(1|yes|y|true|t|on)$/i.test(get(key) ?? '')) manager[name] = true;
  }
  const cwd = get('WorkingDirectory');
  return {
    command: command(start, env).argv,
    cwd: cwd === undefined ? undefined : cwd.replace(/^-/, '').replace(/^~$/, process.env.HOME ?? '/'),
    env,
    manager, // createManager() checks every value
  };
}

function command(line: string, env: Readonly<Record<string, string>>): Command {
  const [, prefixes = '', rest = ''] = /^([-@:+!|]*)(.*)$/s.exec(line) ?? [];
  const argv = splitCommandLine(rest, { ...process.env, ...env });
  return { argv, mayFail: prefixes.includes('-') };
}

function environment(file: string, entries: readonly Entry[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const value of all(entries, 'Service', 'Environment')) {
    for (const word of splitCommandLine(value, undefined)) assign(found, word);
  }
  for (const value of all(entries, 'Service', 'EnvironmentFile')) {
    const path = value.replace(/^-/, '');
    if (value.startsWith('-') && !existsSync(path)) continue;
    for (const line of read(path).split('\n')) {
      const text = line.trim();
      if (text !== '' && !/^[#;]/.test(text)) assign(found, splitCommandLine(text, undefined).join(' '));
    }
  }
  if (Object.keys(found).some((name) => name === '')) throw new UsageError(`--unit: ${file}: bad Environment=`);
  return found;
}

function assign(found: Record<string, string>, word: string): void {
  const equals = word.indexOf('=');
  if (equals > 0) found[word.slice(0, equals)] = word.slice(equals + 1);
}
