// Reads the supported settings of a .service: systemd.service(5), systemd.exec(5), systemd.kill(5)
import { ownEntry } from '../../arguments.ts';
import type { ManagerOptions } from '../../manager/options.ts';
import {
  type Command,
  KILL_MODES,
  NOTIFY_ACCESSES,
  RESTARTS,
  SERVICE_TYPES,
  STORE_PRESERVES,
} from '../../manager/settings.ts';
import type { Assignment } from '../../unit-file/assignments.ts';
import { parseCommandLines } from '../../unit-file/command-line.ts';
import type { Specifiers } from '../../unit-file/specifiers.ts';
import { parseBoolean, parseExitStatus, parseSignal, parseTimeSpan, parseUnsigned } from '../../unit-file/values.ts';
import { UsageError } from '../unit/usage.ts';
import { ServiceSurroundings } from './service-surroundings.ts';
import type { UnitNotes } from './unit-notes.ts';

/** A service as described in its unit files. */
export interface ServiceUnit {
  readonly commands: readonly Command[];
  readonly surroundings: ServiceSurroundings;
  readonly manager: ManagerOptions;
}

type SettingValues = { -readonly [Key in keyof ManagerOptions]: ManagerOptions[Key] };
/** Undefined for a value that systemd ignores. */
type ReadSetting = (value: string) => Partial<SettingValues> | undefined;

const never = (ms: number): number => (ms === 0 ? Number.POSITIVE_INFINITY : ms);
const off = (ms: number): number => (ms === Number.POSITIVE_INFINITY ? 0 : ms);
const same = (ms: number): number => ms;

function time(turn: (ms: number) => number, ...keys: (keyof SettingValues)[]): ReadSetting {
  return (value) => {
    const ms = parseTimeSpan(value);
    return ms === undefined ? undefined : Object.fromEntries(keys.map((key) => [key, turn(ms)]));
  };
}

function word(key: keyof SettingValues, allowed: readonly string[]): ReadSetting {
  return (value) => (allowed.some((one) => one === value) ? { [key]: value } : undefined);
}

function flag(key: keyof SettingValues): ReadSetting {
  return (value) => {
    const on = parseBoolean(value);
    return on === undefined ? undefined : { [key]: on };
  };
}

function signal(key: keyof SettingValues): ReadSetting {
  return (value) => {
    if (/^(SIG)?RTM(IN|AX)/.test(value)) throw new UsageError(`${key}=${value}: real-time signals are not supported`);
    const name = parseSignal(value);
    return name === undefined ? undefined : { [key]: name };
  };
}

const SETTINGS: Readonly<Record<string, ReadSetting>> = {
  NotifyAccess: word('notifyAccess', NOTIFY_ACCESSES),
  Restart: word('restart', RESTARTS),
  KillMode: word('killMode', KILL_MODES),
  FileDescriptorStorePreserve: (value) =>
    word(
      'fdStorePreserve',
      STORE_PRESERVES,
    )(value === 'restart' ? value : ({ true: 'yes', false: 'no' }[String(parseBoolean(value))] ?? value)),
  WatchdogSec: time(off, 'watchdog'),
  TimeoutSec: time(never, 'startTimeout', 'stopTimeout'),
  TimeoutStartSec: time(never, 'startTimeout'),
  TimeoutStopSec: time(never, 'stopTimeout'),
  TimeoutAbortSec: time(never, 'abortTimeout'),
  RestartSec: time(same, 'restartDelay'),
  RuntimeMaxSec: time(same, 'runtimeMax'),
  RemainAfterExit: flag('remainAfterExit'),
  NonBlocking: flag('nonBlocking'),
  KillSignal: signal('killSignal'),
  ReloadSignal: signal('reloadSignal'),
  WatchdogSignal: signal('watchdogSignal'),
  FileDescriptorStoreMax: (value) => {
    const fdStore = value === '' ? 0 : parseUnsigned(value);
    return fdStore === undefined ? undefined : { fdStore };
  },
};

const COMMANDS = {
  ExecStart: 'start',
  ExecStartPre: 'startPre',
  ExecStartPost: 'startPost',
  ExecReload: 'reload',
  ExecStop: 'stop',
  ExecStopPost: 'stopPost',
} as const;

const STATUSES = {
  SuccessExitStatus: 'successExitStatus',
  RestartPreventExitStatus: 'restartPreventExitStatus',
  RestartForceExitStatus: 'restartForceExitStatus',
} as const;

/** Values that match the fixed behaviour of `readyd run`. */
const ANYWAY: Readonly<Record<string, RegExp>> = {
  StandardInput: /^null$/,
  StandardOutput: /^(journal|inherit)$/,
  StandardError: /^(journal|inherit)$/,
  IgnoreSIGPIPE: /^(1|yes|y|true|t|on)$/i,
  SendSIGKILL: /^(1|yes|y|true|t|on)$/i,
  Sockets: /^/,
  PassEnvironment: /^/,
};

/** @throws UsageError for a unit that systemd does not load, and for settings that are not supported. */
export function readServiceUnit(
  assignments: readonly Assignment[],
  specifiers: Specifiers,
  notes: UnitNotes,
): ServiceUnit {
  const reader = new ServiceReader(specifiers, notes);
  for (const assignment of assignments) reader.read(assignment);
  return reader.finish();
}

class ServiceReader {
  readonly #specifiers: Specifiers;
  readonly #notes: UnitNotes;
  readonly #surroundings: ServiceSurroundings;
  #values: SettingValues = {};
  #type: string | undefined;
  #start: readonly Command[] = [];
  #limit: { burst: number; interval: number } = { burst: 5, interval: 10_000 };

  constructor(specifiers: Specifiers, notes: UnitNotes) {
    this.#specifiers = specifiers;
    this.#notes = notes;
    this.#surroundings = new ServiceSurroundings(specifiers, notes);
  }

  read(assignment: Assignment): void {
    const { section, key } = assignment;
    if (/^StartLimit(Interval(Sec)?|Burst)$/.test(key) && /^(Unit|Service)$/.test(section)) this.#readLimit(assignment);
    else if (section !== 'Service') this.#notes.elsewhere(assignment);
    else if (Object.hasOwn(COMMANDS, key)) this.#readCommands(assignment);
    else if (Object.hasOwn(STATUSES, key)) this.#readStatuses(assignment);
    else if (key === 'Type') this.#readType(assignment);
    else if (Object.hasOwn(SETTINGS, key)) this.#readSetting(assignment);
    else if (!this.#surroundings.read(assignment) && ownEntry(ANYWAY, key)?.test(assignment.value) !== true) {
      this.#notes.notApplied(assignment);
    }
  }

  #readSetting(assignment: Assignment): void {
    const values = SETTINGS[assignment.key]?.(assignment.value);
    if (values === undefined) this.#notes.invalid(assignment);
    else this.#values = { ...this.#values, ...values };
  }

  #readType(assignment: Assignment): void {
    const { value } = assignment;
    if (value === 'forking' || value === 'dbus') {
      throw new UsageError(`Type=${value} is not supported: readyd run starts ${SERVICE_TYPES.join(', ')}`);
    }
    if (value === 'idle') this.#notes.tell('runs Type=idle as Type=simple');
    const type = value === 'idle' ? 'simple' : value;
    if (SERVICE_TYPES.some((one) => one === type)) this.#type = type;
    else this.#notes.invalid(assignment);
  }

  #readLimit(assignment: Assignment): void {
    const isBurst = assignment.key === 'StartLimitBurst';
    const number = isBurst ? parseUnsigned(assignment.value) : parseTimeSpan(assignment.value);
    if (number === undefined) this.#notes.invalid(assignment);
    else this.#limit = isBurst ? { ...this.#limit, burst: number } : { ...this.#limit, interval: number };
  }

  #readStatuses(assignment: Assignment): void {
    const key = STATUSES[assignment.key as keyof typeof STATUSES]; // one of them
    const words = assignment.value.split(/[ \t]+/).filter((text) => text !== '');
    const statuses = words.map((text) => parseExitStatus(text));
    if (statuses.includes(undefined)) this.#notes.invalid(assignment);
    const known = statuses.filter((status) => status !== undefined);
    this.#values[key] = words.length === 0 ? [] : [...(this.#values[key] ?? []), ...known];
  }

  #readCommands(assignment: Assignment): void {
    const { key, value } = assignment;
    const name = COMMANDS[key as keyof typeof COMMANDS]; // one of them
    const commands = value === '' ? [] : this.#parse(assignment);
    const before = name === 'start' ? this.#start : (this.#values[name] ?? []);
    const all = value === '' ? [] : [...before, ...commands];
    if (name === 'start') this.#start = all;
    else this.#values[name] = all;
  }

  #parse(assignment: Assignment): Command[] {
    const { key, value } = assignment;
    try {
      return parseCommandLines(value, this.#specifiers).map(({ argv, mayFail, variables, argv0, prefixes }) => {
        if (prefixes.includes('|')) throw new Error(`the prefix '|' is not supported: ${value}`);
        if (prefixes !== '') this.#notes.notApplied({ ...assignment, key: `${key}=${prefixes}` });
        if (argv0 !== undefined) this.#notes.notApplied({ ...assignment, key: `${key}=@` });
        return { argv, mayFail, variables };
      });
    } catch (error) {
      throw new UsageError(`${key}=: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  finish(): ServiceUnit {
    const type = (this.#type ?? (this.#start.length > 0 ? 'simple' : 'oneshot')) as (typeof SERVICE_TYPES)[number]; // checked
    if (this.#start.length === 0) throw new UsageError('there is no ExecStart= to run');
    if (this.#start.length > 1 && type !== 'oneshot') {
      throw new UsageError(`there are ${this.#start.length} ExecStart= commands: only Type=oneshot may have several`);
    }
    const { restart } = this.#values;
    if (type === 'oneshot' && (restart === 'always' || restart === 'on-success')) {
      throw new UsageError(`Restart=${restart} is not allowed with Type=oneshot`);
    }
    const startTimeout = this.#values.startTimeout ?? (type === 'oneshot' ? Number.POSITIVE_INFINITY : undefined);
    return {
      commands: this.#start,
      surroundings: this.#surroundings,
      manager: {
        ...this.#values,
        type,
        startLimit: this.#limit,
        ...(startTimeout !== undefined && { startTimeout }),
      },
    };
  }
}
