// What is known of a service when the doctor looks at it: data, so that every finding is a pure function over it.
import type { Command } from './commands.ts';

export type Properties = Readonly<Record<string, string | undefined>>;

/** One process of the service, as /proc tells. */
export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly argv: readonly string[];
  /** The last part of the path of what runs; empty where that may not be read. */
  readonly executable: string;
  /** Undefined where it may not be read. */
  readonly env: Readonly<Record<string, string | undefined>> | undefined;
  readonly handlesHangup: boolean;
  /** Whether stdout or stderr is what `$JOURNAL_STREAM` says. */
  readonly onJournal: boolean;
  /** Whether it sees the sockets of the service manager and of journald; undefined where that may not be known. */
  readonly seesManager: boolean | undefined;
  readonly seesJournal: boolean | undefined;
}

/** The process that asks. */
export interface OwnFacts {
  readonly pid: number;
  /** Those that have started it; process 1 only where it is a service itself. Undefined where /proc hides some of them. */
  readonly ancestors: readonly number[] | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Why what is sent to `$NOTIFY_SOCKET` does not arrive, such as `ENOENT`; undefined where it does, or may. */
  readonly notifyFault: string | undefined;
}

export interface Message {
  readonly text: string;
  /** Of the service manager, about the service; else of the service. */
  readonly fromManager: boolean;
  /** The invocation that it belongs to; empty where there was none, as for a start that a condition prevented. */
  readonly run: string;
}

/** A socket unit of the service. */
export interface SocketFacts {
  readonly name: string;
  readonly active: boolean;
  readonly result: string;
  /** As `ListenStream=` has them, such as `8080`. */
  readonly addresses: readonly string[];
  /** `FileDescriptorName=`; the unit's own name by default. */
  readonly fdName: string;
  /** The error of the last attempt to bind it, as systemd logged it. */
  readonly fault: string | undefined;
}

export interface Facts {
  /** What was looked at, in words. */
  readonly subject: string;
  /** What `systemctl show` says; undefined where no unit was found or nobody answered. */
  readonly unit: Properties | undefined;
  /** All Exec settings, in the order in which systemd runs them. */
  readonly commands: readonly Command[];
  /** The text of the unit file and of its drop-ins, for what an older systemd does not know or does not tell. */
  readonly written: string;
  readonly sockets: readonly SocketFacts[];
  /** Units of `Requires=` and `BindsTo=` that do not run, with their `LoadState` and `ActiveState`. */
  readonly missing: readonly { readonly name: string; readonly state: string }[];
  /** Why the program of a command cannot be executed, by its path: `absent`, `mode`, `format`, or an interpreter that is absent. */
  readonly faults: Readonly<Record<string, string | undefined>>;
  /** Paths that the unit names and that are not there. */
  readonly absent: readonly { readonly setting: string; readonly path: string }[];
  /** Who listens on the ports that the program could not bind: `node (123)`. */
  readonly holders: Readonly<Record<string, string | undefined>>;
  /** Looked at only where there is no unit, and none was named. */
  readonly own: OwnFacts | undefined;
  /** All processes of the service. */
  readonly processes: readonly ProcessFacts[];
  readonly mainPid: number;
  /** The latest messages, the oldest first. */
  readonly messages: readonly Message[];
  /** The path and the text of the program, where it could be read. */
  readonly program: { readonly path: string; readonly text: string } | undefined;
  /** It is run by `readyd run` or `readyd/testing`. */
  readonly standIn: boolean;
  /** Why the addon cannot be loaded here. */
  readonly addonFault: string | undefined;
}

export interface Finding {
  /** A stable name; docs/doctor.md has a row for it. */
  readonly id: string;
  /** An error keeps something from working; a warning will some day. */
  readonly severity: 'error' | 'warning';
  readonly what: string;
  readonly why: string;
  /** The line of the journal or the property that shows it. */
  readonly evidence?: string | undefined;
  /** One command or one edit that heals it. */
  readonly change: string;
}

/** The subject where there is no service. */
export const THIS_PROCESS = 'this process';

export type Rule = (facts: Facts) => Finding | undefined;

const NODE = /^(node|nodejs|bun|deno)\d*$/;

/** The main process, while it is alive. */
export function mainProcess(facts: Facts): ProcessFacts | undefined {
  return facts.processes.find(({ pid }) => pid === facts.mainPid);
}

export function isNode(process: ProcessFacts): boolean {
  return NODE.test(process.executable);
}

export function isNotify(unit: Properties): boolean {
  return unit.Type === 'notify' || unit.Type === 'notify-reload';
}

/** The last value of a setting as it stands in the files. */
export function writtenValue({ written }: Facts, setting: string): string | undefined {
  return [...written.matchAll(new RegExp(`^[ \\t]*${setting}[ \\t]*=[ \\t]*(\\S*)`, 'gm'))].at(-1)?.[1];
}

/** `property: NAME=VALUE`, as evidence. */
export function property(unit: Properties | undefined, name: string): string {
  return `property: ${name}=${unit?.[name] ?? ''}`;
}

/** What to write in place of a command with a wrapper. */
export function directCommand({ program }: Facts): string {
  return `ExecStart=/usr/bin/node ${program?.path ?? '/path/of/the/program.js'}`;
}

/** `systemctl COMMAND UNIT`, also for the manager of a user. */
export function systemctl({ subject }: Facts, command: string): string {
  return `systemctl ${command} ${subject}`;
}
