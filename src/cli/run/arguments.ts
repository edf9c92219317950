// The command line of `readyd run`.
import { parseArgs } from 'node:util';
import { parseEndpoint } from '../../manager/listener.ts';
import { type Amend, readUnits } from './unit-files.ts';
import { time, UsageError } from './values.ts';

export const USAGE = `usage: readyd run [OPTION…] [--] COMMAND [ARGUMENT…]

Runs COMMAND as systemd would run a service, and shows what it says.

  --listen [NAME=]ADDRESS  bind a socket and pass it on: 8080, 127.0.0.1:8080, [::1]:8080,
                           /path.sock, @abstract, udp:8080 (may come more than once)
  --watchdog TIME          WatchdogSec=: 5s, 500ms, 1min
  --fd-store N             FileDescriptorStoreMax=
  --env NAME=VALUE         add to the environment (may come more than once)
  --watch PATH             restart when a file there changes; sockets stay open (may come more than once)
  --type TYPE              Type=: notify (the default), notify-reload, simple, exec, oneshot
  --restart WHEN           Restart=: no (the default), on-failure, always, …
  --start-timeout TIME     TimeoutStartSec=, 90s by default
  --stop-timeout TIME      TimeoutStopSec=, 90s by default
  --unit FILE              take all of it from a .service, and from a .socket where it comes twice
  --json                   one JSON object for each event
  --help

On a terminal: r reloads, R restarts, q stops. The exit code is the service's own.
`;

const OPTIONS = {
  listen: { type: 'string', multiple: true },
  watchdog: { type: 'string' },
  'fd-store': { type: 'string' },
  env: { type: 'string', multiple: true },
  watch: { type: 'string', multiple: true },
  type: { type: 'string' },
  restart: { type: 'string' },
  'start-timeout': { type: 'string' },
  'stop-timeout': { type: 'string' },
  unit: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const TYPES = ['notify', 'notify-reload', 'simple', 'exec', 'oneshot'] as const;
const RESTARTS = ['no', 'on-success', 'on-failure', 'on-abnormal', 'on-watchdog', 'on-abort', 'always'] as const;

/** What is to be run, and how. */
export interface Plan {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly watch: readonly string[];
  readonly json: boolean;
  readonly manager: Amend['manager'];
}

/** @throws UsageError with one line for people. */
export function parseArguments(argv: readonly string[]): Plan | 'help' {
  const [own, command] = splitCommand(argv);
  const values = parse(own);
  if (values.help) return 'help';
  const unit = readUnits(values.unit ?? []);
  const [file = unit.command[0], ...args] = command.length > 0 ? command : unit.command;
  if (file === undefined) throw new UsageError('there is no command to run');
  const listen = { ...unit.manager.listen, ...listeners(values.listen ?? []) };
  return {
    command: file,
    args,
    cwd: unit.cwd,
    env: { ...process.env, ...unit.env, ...Object.fromEntries((values.env ?? []).map(assignment)) },
    watch: values.watch ?? [],
    json: values.json ?? false,
    manager: { ...unit.manager, ...(Object.keys(listen).length > 0 && { listen }), ...settings(values) },
  };
}

/** Options end at `--`, or at the first word that is none and belongs to none. */
function splitCommand(argv: readonly string[]): [own: string[], command: string[]] {
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') return [argv.slice(0, index), argv.slice(index + 1)];
    if (!word.startsWith('-')) {
      return word.endsWith('.socket') && argv[index - 2] === '--unit'
        ? splitAfterSocket(argv, index)
        : [argv.slice(0, index), argv.slice(index)];
    }
    const option = OPTIONS[word.slice(2) as keyof typeof OPTIONS] as { type: string } | undefined; // any word
    if (option?.type === 'string') index += 1;
  }
  return [[...argv], []];
}

/** `--unit app.service app.socket` */
function splitAfterSocket(argv: readonly string[], index: number): [own: string[], command: string[]] {
  const [own, command] = splitCommand(argv.slice(index + 1));
  return [[...argv.slice(0, index), '--unit', argv[index] ?? '', ...own], command];
}

function parse(args: string[]): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'] {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error instanceof Error ? error.message : String(error)).split(/\. |\.?\n/)[0] ?? '');
  }
}

function listeners(texts: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const text of texts) {
    const [, given, address = ''] = /^(?:([^=/@[]*)=)?(.*)$/s.exec(text) ?? [];
    const name = given ?? (texts.length === 1 ? 'web' : `web${Object.keys(found).length || ''}`);
    if (Object.hasOwn(found, name)) throw new UsageError(`--listen: there are two sockets named '${name}'`);
    if (!/^[\x20-\x39\x3b-\x5b\x5d-\x7e]{1,255}$/.test(name))
      throw new UsageError(`--listen: '${name}' is no name for a socket`);
    found[name] = checkAddress(address);
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

function assignment(text: string): [string, string] {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text);
  if (match === null) throw new UsageError(`--env: expected NAME=VALUE, not '${text}'`);
  return [match[1] ?? '', match[2] ?? ''];
}

function settings(values: ReturnType<typeof parse>): Amend['manager'] {
  const { watchdog, type, restart } = values;
  const store = values['fd-store'];
  const start = values['start-timeout'];
  const stop = values['stop-timeout'];
  return {
    ...(watchdog !== undefined && { watchdog: time('--watchdog', watchdog, 0) }),
    ...(store !== undefined && { fdStore: count('--fd-store', store) }),
    ...(type !== undefined && { type: oneOf('--type', type, TYPES) }),
    ...(restart !== undefined && { restart: oneOf('--restart', restart, RESTARTS) }),
    ...(start !== undefined && { startTimeout: time('--start-timeout', start, Number.POSITIVE_INFINITY) }),
    ...(stop !== undefined && { stopTimeout: time('--stop-timeout', stop, Number.POSITIVE_INFINITY) }),
  };
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new UsageError(`${option}: expected one of ${allowed.join(', ')}, not '${value}'`);
  return found;
}

function count(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${option}: expected a number, not '${text}'`);
  return Number(text);
}
