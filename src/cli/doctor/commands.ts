// Parses the Exec settings in the output of `systemctl show`, and finds the program that a command runs.
// systemd.service(5)
import { isAbsolute, join } from 'node:path';
import { ownEntry } from '../../arguments.ts';
import { trimEnd } from '../../trim-end.ts';

export const EXEC_SETTINGS = [
  'ExecCondition',
  'ExecStartPre',
  'ExecStart',
  'ExecStartPost',
  'ExecReload',
  'ExecStop',
  'ExecStopPost',
] as const;
export type ExecSetting = (typeof EXEC_SETTINGS)[number];

/** One command of a unit, and how it ended last. */
export interface ExecCommand {
  readonly setting: ExecSetting;
  readonly path: string;
  /** The words of the unit file. Split at spaces where that cannot be read, and for a shell, whose script is one word. */
  readonly argv: readonly string[];
  readonly ignoresErrors: boolean;
  /** Empty if it has not ended. */
  readonly code: 'exited' | 'killed' | 'dumped' | '';
  /** An exit code, or a signal number. */
  readonly status: number;
}

const SHOWN = /^(Exec\w+)=\{ path=(.*?) ; argv\[\]=(.*) ; ignore_errors=(yes|no) ;.* ; code=(\S+) ; status=(\d+)/;

/** The words of a command by its text in the output of systemctl, which has no quotes. */
export type WrittenCommands = ReadonlyMap<string, readonly string[]>;

/** Parses the lines of `systemctl show`. */
export function parseCommands(lines: readonly string[], written: WrittenCommands = new Map()): ExecCommand[] {
  const found = lines.flatMap((line): ExecCommand[] => {
    const [, name = '', path = '', argv = '', ignores, code = '', status] = SHOWN.exec(line) ?? [];
    const setting = EXEC_SETTINGS.find((one) => one === name);
    if (setting === undefined) return [];
    const ended = code === 'exited' || code === 'killed' || code === 'dumped' ? code : '';
    const split = argv.split(' ');
    const words = isShell(split) ? split : (written.get(argv) ?? split);
    return [{ setting, path, argv: words, ignoresErrors: ignores === 'yes', code: ended, status: Number(status) }];
  });
  return EXEC_SETTINGS.flatMap((setting) => found.filter((command) => command.setting === setting));
}

export function nameOf(path: string | undefined): string {
  return (path ?? '').replace(/^.*\//, '').replace(/\.[cm]?js$/, '');
}

/** Whether a command runs a shell, also behind `env` and the like. */
export function isShell(argv: readonly string[]): boolean {
  return /^(sh|bash|dash|ash|zsh|ksh|busybox)$/.test(nameOf(withoutPrefixes(argv)[0]));
}

/** Programs that exec their command, so that systemd sees one process. The pattern: options that take a value. */
const BECOMES: Readonly<Record<string, RegExp>> = {
  env: /^-(u|C|S)$/,
  nice: /^-n$/,
  ionice: /^-[cn]$/,
  chrt: /^-[TPD]$/,
  taskset: /^$/,
  setpriv: /^$/,
  stdbuf: /^-[ioe]$/,
  nohup: /^$/,
  prlimit: /^$/,
  setarch: /^$/,
  numactl: /^$/,
};

/** Words before the program of such a command: an assignment, an option, a number (priority, mask). */
const PREFIX = /^(-|[A-Za-z_]\w*=|\d+$|0x)/;

/** The command without leading programs that only exec it. */
export function withoutPrefixes(argv: readonly string[]): readonly string[] {
  let at = 0;
  const takesWordAt = (index: number): RegExp | undefined => ownEntry(BECOMES, nameOf(argv[index]));
  for (let takesWord = takesWordAt(0); takesWord !== undefined; takesWord = takesWordAt(at)) {
    at += 1;
    while (at < argv.length && PREFIX.test(argv[at] ?? '')) at += takesWord.test(argv[at] ?? '') ? 2 : 1;
  }
  return argv.slice(at);
}

/** Node options whose value is the next word; `--import=FILE` is a single word. */
const NODE_VALUES =
  /^(-r|-C|-e|-p|--(require|import|loader|experimental-loader|conditions|env-file|env-file-if-exists|title|eval|print|input-type|icu-data-dir|openssl-config|redirect-warnings|trace-event-categories|diagnostic-dir|watch-path|inspect-port|experimental-config-file))$/;

/** The script in a Node command; undefined if the command does not run Node. */
export function scriptOf(given: readonly string[]): string | undefined {
  const argv = withoutPrefixes(given);
  if (!/^(node|nodejs|bun|deno|tsx)\d*$/.test(nameOf(argv[0]))) return undefined;
  let at = 1;
  if (/^(bun|deno)$/.test(nameOf(argv[0])) && argv[1] === 'run') at = 2;
  while (argv[at]?.startsWith('-') && argv[at] !== '--') at += NODE_VALUES.test(argv[at] ?? '') ? 2 : 1;
  return argv[at] === '--' ? argv[at + 1] : argv[at];
}

/** The path of a service's script: from `ExecStart=`, also inside `sh -c`. */
export function programPath(commands: readonly ExecCommand[], folder: string): string | undefined {
  const start = commands.filter(({ setting }) => setting === 'ExecStart').at(-1);
  if (start === undefined) return undefined;
  const words = start.argv.map((word) => trimEnd(word, ';&|'));
  const node = words.findIndex((word) => /^(.*\/)?(node|nodejs|bun|deno|tsx)$/.test(word));
  const script = scriptOf(words) ?? (node < 0 ? firstScript(words) : scriptOf(words.slice(node)));
  if (script === undefined || /\/(npm|npx|yarn|pnpm)\//.test(script)) return undefined;
  return isAbsolute(script) ? script : join(folder.replace(/^!/, '') || '/', script);
}

/** A script that is run by its `#!` line. */
function firstScript(words: readonly string[]): string | undefined {
  const program = withoutPrefixes(words)[0];
  return program !== undefined && /\.[cm]?[jt]s$/.test(program) ? program : undefined;
}
