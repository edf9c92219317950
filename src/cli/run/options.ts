// The options of `readyd run`, and where the command begins on its command line.
import { parseArgs } from 'node:util';
import { nearestWord } from '../nearest-word.ts';
import { UsageError } from '../unit/usage.ts';

export const USAGE = `usage: readyd run [OPTION…] [--] COMMAND [ARGUMENT…]

Runs COMMAND as systemd would run a service, and shows what it sends.

  --listen [NAME=]ADDRESS  bind a socket and pass it on: 8080, 127.0.0.1:8080, [::1]:8080,
                           /path.sock, @abstract, udp:8080 (repeatable)
  --on-demand              start COMMAND at the first connection, and again after it exited
  --watchdog TIME          WatchdogSec=: 5s, 500ms, 1min
  --fd-store N             FileDescriptorStoreMax=
  --env NAME=VALUE         add to the environment (repeatable)
  --auto                   load readyd/auto before the program: it needs no line for systemd
  --watch PATH             restart when a file there changes; sockets stay open (repeatable)
  --type TYPE              Type=: notify (the default), notify-reload, simple, exec, oneshot
  --restart WHEN           Restart=: no (the default), on-failure, always, …
  --start-timeout TIME     TimeoutStartSec=, 90s by default
  --stop-timeout TIME      TimeoutStopSec=, 90s by default
  --unit FILE              read the settings from a .service file; repeat it for the .socket file
  --instance NAME          the instance of a template: --unit app@.service --instance NAME
  --json                   one JSON object for each event
  -h, --help
  -v, --version

On a terminal: r reloads, R restarts, q stops. The exit code is that of the service.
`;

const OPTIONS = {
  listen: { type: 'string', multiple: true },
  'on-demand': { type: 'boolean' },
  watchdog: { type: 'string' },
  'fd-store': { type: 'string' },
  env: { type: 'string', multiple: true },
  auto: { type: 'boolean' },
  watch: { type: 'string', multiple: true },
  type: { type: 'string' },
  restart: { type: 'string' },
  'start-timeout': { type: 'string' },
  'stop-timeout': { type: 'string' },
  unit: { type: 'string', multiple: true },
  instance: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

export type OptionValues = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/** @throws UsageError for an unknown option, or one without a value. */
export function parseOptions(args: string[]): OptionValues {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: false }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const unknown = /^Unknown option '(?:-\w, )?(-[^']*)'/.exec(message)?.[1];
    throw new UsageError(
      unknown === undefined ? lowerCase(message.split(/\. |\.?\n/)[0] ?? '') : unknownOption(unknown),
    );
  }
}

function unknownOption(option: string): string {
  const nearest = nearestWord(
    option,
    Object.keys(OPTIONS).map((name) => `--${name}`),
  );
  return `unknown option ${option} (${nearest === undefined ? 'see readyd run --help' : `did you mean ${nearest}?`})`;
}

function lowerCase(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** Options end at `--`, or at the first word that is neither an option nor the value of one. */
export function splitCommand(argv: readonly string[]): [own: string[], command: string[]] {
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') return [argv.slice(0, index), argv.slice(index + 1)];
    if (!word.startsWith('-')) {
      return word.endsWith('.socket') && argv[index - 2] === '--unit'
        ? splitAfterSocket(argv, index)
        : [argv.slice(0, index), argv.slice(index)];
    }
    const name = word.slice(2);
    const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name as keyof typeof OPTIONS] : undefined; // one of its keys
    if (option?.type === 'string') index += 1;
  }
  return [[...argv], []];
}

/** `--unit app.service app.socket` */
function splitAfterSocket(argv: readonly string[], index: number): [own: string[], command: string[]] {
  const [own, command] = splitCommand(argv.slice(index + 1));
  return [[...argv.slice(0, index), '--unit', argv[index] ?? '', ...own], command];
}
