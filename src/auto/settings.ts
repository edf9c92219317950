// The settings of readyd/auto: environment variables of the unit (Environment=). Pure. A malformed one is reported, and
// its default is used: a preload must never prevent a program from starting.
import { ownEntry } from '../arguments.ts';
import { invalidEnvironment, quote, type SystemdError } from '../errors.ts';
import { TIMER_MAX } from '../timer.ts';

export type ReadyWhen = 'listening' | 'loaded' | 'app';

/** Which `listen()` call gets a passed socket. */
export type SocketAssignment =
  | { readonly name: string; readonly port: number; readonly host: string | undefined }
  | { readonly name: string; readonly path: string };

export interface AutoSettings {
  readonly ready: ReadyWhen;
  readonly sockets: readonly SocketAssignment[];
  /** Undefined: to the journal, if stdout or stderr is the journal. */
  readonly console: 'journal' | 'off' | undefined;
  /** In milliseconds; undefined for never. */
  readonly idleTimeout: number | undefined;
  /** In milliseconds. */
  readonly stopTimeout: number;
  readonly diagnose: boolean;
}

export interface ReadSettings {
  readonly settings: AutoSettings;
  readonly problems: readonly SystemdError[];
}

const STOP_MS = 10_000;
const PORT_MAX = 65_535;

/** systemd.time(7) */
const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  usec: 0.001,
  ms: 1,
  msec: 1,
  '': 1000,
  s: 1000,
  sec: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
};

/** Explains why a value is malformed. */
class Malformed extends Error {}

export function readSettings(env: Readonly<Record<string, string | undefined>>): ReadSettings {
  const problems: SystemdError[] = [];
  function read<T>(variable: string, fallback: T, parse: (text: string) => T): T {
    const text = env[variable]?.trim() ?? '';
    if (text === '') return fallback;
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      problems.push(invalidEnvironment(variable, text, `${error.message}; the default is used`));
      return fallback;
    }
  }
  const settings: AutoSettings = {
    ready: read<ReadyWhen>('READYD_READY', 'listening', oneOf('listening', 'loaded', 'app')),
    sockets: read<readonly SocketAssignment[]>('READYD_SOCKETS', [], parseSockets),
    console: read<AutoSettings['console']>('READYD_CONSOLE', undefined, oneOf('journal', 'off')),
    idleTimeout: read<number | undefined>('READYD_IDLE_TIMEOUT', undefined, parseIdle),
    stopTimeout: read('READYD_STOP_TIMEOUT', STOP_MS, parseTime),
    diagnose: read<string>('READYD_DIAGNOSE', '0', oneOf('0', '1')) === '1',
  };
  return { settings, problems };
}

function oneOf<T extends string>(...values: readonly T[]): (text: string) => T {
  return (text) => {
    const value = values.find((one) => one === text);
    if (value === undefined) throw new Malformed(`it must be ${values.join(' or ')}`);
    return value;
  };
}

function parseIdle(text: string): number | undefined {
  if (text === 'off' || text === 'infinity') return undefined;
  const time = parseTime(text);
  if (time === 0) throw new Malformed('it must be more than 0');
  return time;
}

/** A time span such as `90s`, `5min` or `1min 30s`, in milliseconds. */
function parseTime(text: string): number {
  const wrong = new Malformed('it must be a time such as 90s or 5min');
  if (text.length > 64) throw wrong;
  let sum = 0;
  let rest = text;
  while (rest !== '') {
    const part = /^(\d{1,15}(?:\.\d{1,9})?)\s*([a-z]*)\s*/.exec(rest);
    const unit = ownEntry(UNITS, part?.[2] ?? '');
    if (part === null || unit === undefined) throw wrong;
    sum += Number(part[1]) * unit;
    rest = rest.slice(part[0].length);
  }
  if (sum > TIMER_MAX) throw new Malformed('it must be at most 24 days');
  return sum;
}

function parseSockets(text: string): readonly SocketAssignment[] {
  return text.split(/\s+/).map((part) => {
    const assignment = parseAssignment(part);
    if (assignment === undefined) throw new Malformed(`${quote(part)} is not NAME=PORT, NAME=HOST:PORT or NAME=/PATH`);
    return assignment;
  });
}

function parseAssignment(part: string): SocketAssignment | undefined {
  const [, name, at] = /^([^=]+)=(.+)$/.exec(part) ?? [];
  if (name === undefined || at === undefined) return undefined;
  if (/^[/@]/.test(at)) return { name, path: at };
  const [, host, digits] = /^(?:(.+):)?(\d{1,5})$/.exec(at) ?? [];
  const port = Number(digits);
  if (digits === undefined || port < 1 || port > PORT_MAX) return undefined;
  return { name, port, host: host?.replace(/^\[(.*)\]$/, '$1') };
}
