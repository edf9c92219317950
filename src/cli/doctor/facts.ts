// What is known of a service when it is looked at: data, so that every finding is a pure function over it.

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
  /** Of the run that the properties tell of, and not of one before. */
  readonly current: boolean;
}

export interface Facts {
  /** What was looked at, in words. */
  readonly subject: string;
  /** What `systemctl show` says; undefined where no unit was found or nobody answered. */
  readonly unit: Properties | undefined;
  /** The text of the unit file and of its drop-ins, for what an older systemd does not know or does not tell. */
  readonly written: string;
  /** The sockets that belong to it, and whether they are listened on. */
  readonly sockets: readonly { readonly name: string; readonly active: boolean }[];
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
  /** A stable name; docs/doctor.md has a heading for it. */
  readonly id: string;
  /** An error keeps something from working; a warning will some day. */
  readonly severity: 'error' | 'warning';
  readonly what: string;
  readonly why: string;
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

/** What `ExecStart=` says, split at blanks: `systemctl show` tells no more. */
export function commandOf(unit: Properties): string[] {
  const argv = /argv\[\]=(.*?) ; /.exec(unit.ExecStart ?? '')?.[1];
  return argv === undefined ? [] : argv.split(' ');
}

export function isNotify(unit: Properties): boolean {
  return unit.Type === 'notify' || unit.Type === 'notify-reload';
}

/** The last value of a setting as it stands in the files. */
export function writtenValue({ written }: Facts, setting: string): string | undefined {
  return [...written.matchAll(new RegExp(`^\\s*${setting}\\s*=\\s*(\\S*)`, 'gm'))].at(-1)?.[1];
}
