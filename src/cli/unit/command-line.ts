// Parses the command line of `readyd unit`, including common mistakes.
import { parseArgs } from 'node:util';
import { nearestWord } from '../nearest-word.ts';
import { UsageError } from './usage.ts';

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  name: { type: 'string' },
  description: { type: 'string' },
  auto: { type: 'boolean' },
  type: { type: 'string' },
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
  'run-as': { type: 'string' },
  user: { type: 'boolean' },
  env: { type: 'string', multiple: true },
  node: { type: 'string' },
  systemd: { type: 'string' },
  output: { type: 'string', short: 'o' },
  force: { type: 'boolean' },
} as const;

type Parsed = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>;
export type Flags = Parsed['values'] & { positionals: string[] };

/** @throws UsageError for an unknown option. */
export function parseFlags(args: readonly string[]): Flags {
  const given = accountOf(args);
  try {
    const { values, positionals } = parseArgs({ args: given, options: OPTIONS, allowPositionals: true });
    return { ...values, positionals };
  } catch (error) {
    throw new UsageError(unknownOption(given) ?? (error as Error).message.split('. ')[0]);
  }
}

/**
 * Accepts `--user NAME` as `--run-as NAME`, its old name; `--user` alone means the user's manager, as in the doctor.
 */
function accountOf(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.map((word, at) => {
    const isOption = end < 0 || at < end;
    const next = args[at + 1] ?? '-';
    const hasProgram =
      args.length > at + 2 || args.slice(0, at).some((one) => !one.startsWith('-') && /[./]/.test(one));
    if (isOption && word === '--user' && !/^-|[./]/.test(next) && hasProgram) return '--run-as';
    return isOption && word.startsWith('--user=') ? word.replace('--user', '--run-as') : word;
  });
}

/** Finds an unknown option. After the program, most options are meant for the program. */
function unknownOption(args: readonly string[]): string | undefined {
  const at = args.findIndex((word) => /^--?[a-z]/i.test(word) && !isKnown(word));
  const word = args[at];
  if (word === undefined || args.slice(0, at).includes('--')) return undefined;
  const before = args[at - 1];
  const isBehind = before !== undefined && /[./]/.test(before) && !before.startsWith('-');
  if (isBehind)
    return `unknown option ${word}: options of the program come after --, as in readyd unit ${before} -- ${args.slice(at).join(' ')}`;
  const near = nearestWord(word.replace(/^-+|=.*$/g, ''), Object.keys(OPTIONS));
  return near === undefined ? undefined : `unknown option ${word.replace(/=.*$/, '')} (did you mean --${near}?)`;
}

function isKnown(word: string): boolean {
  return Object.hasOwn(OPTIONS, word.replace(/^-+|=.*$/g, '')) || /^-[ho]/.test(word);
}
