// Parses values that several settings use: systemd.syntax(7), systemd.time(7), signal(7). Pure. The result is undefined
// if systemd ignores the line.
import { constants } from 'node:os';

export function parseBoolean(text: string): boolean | undefined {
  if (/^(1|yes|y|true|t|on)$/i.test(text)) return true;
  return /^(0|no|n|false|f|off)$/i.test(text) ? false : undefined;
}

const SECOND = 1000;
const DAY = 86_400 * SECOND;

/** The words for a unit of time, in milliseconds. */
const TIME_UNITS: readonly (readonly [words: string, milliseconds: number])[] = [
  ['seconds second sec s', SECOND],
  ['minutes minute min m', 60 * SECOND],
  ['months month M', 2_629_800 * SECOND],
  ['msec ms', 1],
  ['hours hour hr h', 3600 * SECOND],
  ['days day d', DAY],
  ['weeks week w', 7 * DAY],
  ['years year y', 31_557_600 * SECOND],
  ['usec us \u03bcs \u00b5s', 0.001],
];
const MILLISECONDS: ReadonlyMap<string, number> = new Map(
  TIME_UNITS.flatMap(([words, milliseconds]) => words.split(' ').map((word): [string, number] => [word, milliseconds])),
);

/** The limit, in microseconds, at which the sum overflows. */
const USEC_MAX = 2 ** 64;

/**
 * A time span in milliseconds, `Infinity` for `infinity`: `5`, `500ms`, `1min 30s`, `1.5h`. A plain number means
 * seconds.
 *
 * @see systemd.time(7), "Parsing Time Spans"
 */
export function parseTimeSpan(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === 'infinity') return Number.POSITIVE_INFINITY;
  const parts = /(\d+(?:\.\d+)?|\.\d+)\s*([A-Za-z\u00b5\u03bc]*)\s*/y;
  let sum = 0;
  let count = 0;
  for (let match = parts.exec(trimmed); match !== null; match = parts.exec(trimmed)) {
    const [, number = '', unit = ''] = match;
    const factor = unit === '' ? SECOND : MILLISECONDS.get(unit);
    if (factor === undefined) return undefined;
    sum += Number(number) * factor;
    count += 1;
    if (parts.lastIndex === trimmed.length) return count > 0 && sum * 1000 < USEC_MAX ? sum : undefined;
  }
  return undefined;
}

/** An unsigned number of 32 bits: decimal, `0x…`, `0o…`, `0b…`, or octal with a leading 0. */
export function parseUnsigned(text: string): number | undefined {
  const plain = /^0[0-7]+$/.test(text) ? `0o${text.slice(1)}` : text;
  const value = /^(\d+|0x[0-9a-f]+|0o[0-7]+|0b[01]+)$/i.test(plain) ? Number(plain) : Number.NaN;
  return value <= 0xffff_ffff ? value : undefined;
}

/** `SIGTERM`, `TERM` or `15`; undefined also for real-time signals, which have no names in Node. */
export function parseSignal(text: string): NodeJS.Signals | undefined {
  const numbers: Readonly<Record<string, number>> = constants.signals;
  const name = text.startsWith('SIG') ? text : `SIG${text}`;
  if (Object.hasOwn(numbers, name)) return name as NodeJS.Signals; // one of Node's own names
  const number = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  const found = Object.entries(numbers).find(([, value]) => value === number)?.[0];
  return found as NodeJS.Signals | undefined; // one of Node's own names
}

/** Names of exit statuses, from 64 on; systemd.exec(5), "Process Exit Codes", and sysexits.h(3head). */
const STATUSES: Readonly<Record<string, number>> = {
  SUCCESS: 0,
  FAILURE: 1,
  INVALIDARGUMENT: 2,
  NOTIMPLEMENTED: 3,
  NOPERMISSION: 4,
  NOTINSTALLED: 5,
  NOTCONFIGURED: 6,
  NOTRUNNING: 7,
  ...numbered(64, 'USAGE DATAERR NOINPUT NOUSER NOHOST UNAVAILABLE SOFTWARE OSERR OSFILE CANTCREAT'),
  ...numbered(74, 'IOERR TEMPFAIL PROTOCOL NOPERM CONFIG'),
  ...numbered(200, 'CHDIR NICE FDS EXEC MEMORY LIMITS OOM_ADJUST SIGNAL_MASK STDIN STDOUT CHROOT IOPRIO'),
  ...numbered(212, 'TIMERSLACK SECUREBITS SETSCHEDULER CPUAFFINITY GROUP USER CAPABILITIES CGROUP SETSID'),
  ...numbered(221, 'CONFIRM STDERR'),
  ...numbered(224, 'PAM NETWORK NAMESPACE NO_NEW_PRIVILEGES SECCOMP SELINUX_CONTEXT PERSONALITY APPARMOR'),
  ...numbered(232, 'ADDRESS_FAMILIES RUNTIME_DIRECTORY'),
  ...numbered(235, 'CHOWN SMACK_PROCESS_LABEL KEYRING STATE_DIRECTORY CACHE_DIRECTORY LOGS_DIRECTORY'),
  ...numbered(241, 'CONFIGURATION_DIRECTORY NUMA_POLICY CREDENTIALS BPF'),
  EXCEPTION: 255,
};

function numbered(first: number, names: string): Record<string, number> {
  return Object.fromEntries(names.split(' ').map((name, index) => [name, first + index]));
}

/** A value of `SuccessExitStatus=` and similar settings: an exit status by number or name, or a signal by name. */
export function parseExitStatus(text: string): number | NodeJS.Signals | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text) <= 255 ? Number(text) : undefined;
  return Object.hasOwn(STATUSES, text) ? STATUSES[text] : parseSignal(text);
}
