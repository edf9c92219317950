// The facts about a service, as plain data, so that every finding is a pure function of them.
import { parseAssignments } from '../../unit-file/assignments.ts';
import type { ExecCommand } from './commands.ts';
import type { PathKind } from './program-file.ts';

export type Properties = Readonly<Record<string, string | undefined>>;

/** One process of the service, from /proc. */
export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly argv: readonly string[];
  /** The file name of the executable; empty if it is not readable. */
  readonly executable: string;
  /** Undefined if it is not readable. */
  readonly env: Readonly<Record<string, string | undefined>> | undefined;
  readonly handlesHangup: boolean;
  /** Whether stdout or stderr is the stream in `$JOURNAL_STREAM`. */
  readonly onJournal: boolean;
  /** Whether it can see the sockets of the service manager and journald; undefined if unknown. */
  readonly seesManager: boolean | undefined;
  readonly seesJournal: boolean | undefined;
}

/** The process that runs the doctor. */
export interface ProcessEnvironment {
  readonly pid: number;
  /** Its ancestors; process 1 only if that is a service itself. Undefined if /proc hides some of them. */
  readonly ancestors: readonly number[] | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Why messages to `$NOTIFY_SOCKET` do not arrive, such as `ENOENT`; undefined if they do, or may. */
  readonly notifyFault: string | undefined;
}

export interface LogMessage {
  readonly text: string;
  /** True for a message by the service manager about the service; false for one by the service. */
  readonly fromManager: boolean;
  /** The invocation of the message; empty if there was none, for example if a condition prevented the start. */
  readonly run: string;
}

/** A socket unit of the service. */
export interface SocketUnitFacts {
  readonly name: string;
  readonly active: boolean;
  readonly result: string;
  /** Whether it has `Accept=yes`. */
  readonly accepts: boolean;
  /** The addresses of `ListenStream=`, such as `8080`. */
  readonly addresses: readonly string[];
  /** `FileDescriptorName=`; by default the unit's name. */
  readonly fdName: string;
  /** The error of the last attempt to bind it, from systemd's log. */
  readonly fault: string | undefined;
}

export interface Facts {
  /** A description of the examined object. */
  readonly subject: string;
  /** The properties of `systemctl show`; undefined without a unit or an answer. */
  readonly unit: Properties | undefined;
  /** All Exec settings, in the order in which systemd runs them. */
  readonly commands: readonly ExecCommand[];
  /** The text of the unit file and its drop-ins, for settings that systemctl does not show. */
  readonly written: string;
  readonly sockets: readonly SocketUnitFacts[];
  /** Units of `Requires=` and `BindsTo=` that are not running, with their `LoadState` and `ActiveState`. */
  readonly missing: readonly { readonly name: string; readonly state: string }[];
  /**
   * Why the program of a command cannot be executed, by its path: `absent`, `folder`, `mode`, `format`, or an interpreter
   * that is missing.
   */
  readonly faults: Readonly<Record<string, string | undefined>>;
  /** What is at the path of the program and at WorkingDirectory=, as the doctor sees it. */
  readonly kinds: Readonly<Record<string, PathKind | undefined>>;
  /** Paths in the unit that do not exist. */
  readonly absent: readonly { readonly setting: string; readonly path: string }[];
  /** The processes on ports that the program could not bind: `node (123)`. */
  readonly holders: Readonly<Record<string, string | undefined>>;
  /** Set only if there is no unit and none was named. */
  readonly own: ProcessEnvironment | undefined;
  /** The processes of the service: the main process, and the oldest others. */
  readonly processes: readonly ProcessFacts[];
  readonly mainPid: number;
  /** The latest messages, oldest first. */
  readonly messages: readonly LogMessage[];
  /** The path and text of the program, if readable. */
  readonly program: { readonly path: string; readonly text: string } | undefined;
  /** Whether `readyd run` or `readyd/testing` runs it. */
  readonly standIn: boolean;
  /** Why the addon cannot be loaded on this machine. */
  readonly addonFault: string | undefined;
}

export interface Finding {
  /** A stable name; docs/doctor.md has a row for it. */
  readonly id: string;
  /** An error breaks something now; a warning may break something later. */
  readonly severity: 'error' | 'warning';
  readonly what: string;
  readonly why: string;
  /** The journal line or the property that proves it. */
  readonly evidence?: string | undefined;
  /** The last line that the program wrote before it ended, if nothing above contains it. */
  readonly said?: string | undefined;
  /** One command or one edit that fixes it. */
  readonly change: string;
}

/** The subject if there is no service. */
export const THIS_PROCESS = 'this process';

export type Rule = (facts: Facts) => Finding | undefined;

const NODE = /^(node|nodejs|bun|deno)\d*$/;

/** The main process, while it runs. */
export function mainProcess(facts: Facts): ProcessFacts | undefined {
  return facts.processes.find(({ pid }) => pid === facts.mainPid);
}

export function isNode(process: ProcessFacts): boolean {
  return NODE.test(process.executable);
}

export function isNotify(unit: Properties): boolean {
  return unit.Type === 'notify' || unit.Type === 'notify-reload';
}

/** The last value of a setting of [Service] in the unit files. */
export function writtenValue({ written }: Pick<Facts, 'written'>, setting: string): string | undefined {
  return writtenValues(written, setting).at(-1);
}

/** All values of a setting of [Service], in the order of the files; none if systemd cannot read them either. */
export function writtenValues(written: string, setting: string): string[] {
  try {
    const { assignments } = parseAssignments(written, '');
    return assignments.filter(({ section, key }) => section === 'Service' && key === setting).map(({ value }) => value);
  } catch {
    return [];
  }
}

/**
 * The port at the end of an address; empty without one. At most five digits: the expression would otherwise try every
 * digit of a long number to its end.
 */
export function portOf(address: string): string {
  return /\d{1,5}$/.exec(address)?.[0] ?? '';
}

/** Why the service does not see a path in a home; undefined if it does. */
export function hiddenBy({ unit }: Pick<Facts, 'unit'>, path: string): string | undefined {
  const value = unit?.ProtectHome ?? 'no';
  const hides = value === 'yes' || value === 'tmpfs';
  return hides && /^\/(home|root|run\/user)(\/|$)/.test(path) ? `ProtectHome=${value} hides it` : undefined;
}

/** `property: NAME=VALUE`, as evidence. */
export function property(unit: Properties | undefined, name: string): string {
  return `property: ${name}=${unit?.[name] ?? ''}`;
}

/** The setting that replaces a command with a wrapper. */
export function directCommand({ program }: Facts): string {
  return `ExecStart=/usr/bin/node ${program?.path ?? '/path/of/the/program.js'}`;
}

/** `systemctl COMMAND UNIT`; forUser() adapts it to a user's manager. */
export function systemctl({ subject }: Facts, command: string): string {
  return `systemctl ${command} ${subject}`;
}
