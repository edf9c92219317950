// The environment variables that a service manager sets for a service. systemd.exec(5), "Environment Variables Set or
// Propagated"

/** The values for the variables. */
export interface Provision {
  /** Undefined for a process that may not send notifications. */
  readonly notifySocket: string | undefined;
  readonly journalSocket?: string | undefined;
  readonly invocation: string;
  /** FileDescriptorName= of each passed descriptor, from 3 on. */
  readonly names: readonly string[];
  /** In milliseconds; 0 for none. */
  readonly watchdog: number;
  /** FileDescriptorStoreMax=; 0 for no store. */
  readonly fdStore?: number | undefined;
  /** For a control process: the main process. */
  readonly mainPid?: number | undefined;
  /** The process of the stand-in: systemd-notify(1) sends in the name of its parent unless that is the manager. */
  readonly manager?: { readonly pid: number; readonly pidfdId: string | undefined } | undefined;
  /** For ExecStop= and ExecStopPost=: how the service ended. */
  readonly outcome?: Readonly<Record<string, string>> | undefined;
}

// The stand-in may itself run in a service; the child must not get the variables of that service's manager.
const OURS =
  /^(NOTIFY_SOCKET|FDSTORE|LISTEN_(PID|PIDFDID|FDS|FDNAMES)|WATCHDOG_(USEC|PID)|SYSTEMD_EXEC_PID|INVOCATION_ID|JOURNAL_STREAM|READYD_JOURNAL_(SOCKET|STREAM)|SERVICE_RESULT|EXIT_(CODE|STATUS)|(MAIN|MANAGER)PID(FDID)?|(MEMORY|CPU|IO)_PRESSURE_(WATCH|WRITE)|DEBUG_INVOCATION)$/;

/** All variables except those that depend on the process; `launch` adds these. */
export function serviceEnvironment(base: NodeJS.ProcessEnv, provision: Provision): NodeJS.ProcessEnv {
  const {
    notifySocket,
    journalSocket,
    invocation,
    names,
    watchdog,
    fdStore = 0,
    mainPid,
    manager,
    outcome,
  } = provision;
  const inherited = Object.entries(base).filter(([name]) => !OURS.test(name));
  return {
    ...Object.fromEntries(inherited),
    INVOCATION_ID: invocation,
    ...(notifySocket !== undefined && { NOTIFY_SOCKET: notifySocket }),
    ...(notifySocket !== undefined && fdStore > 0 && { FDSTORE: String(fdStore) }),
    ...(journalSocket !== undefined && { READYD_JOURNAL_SOCKET: journalSocket }),
    ...(names.length > 0 && { LISTEN_FDS: String(names.length), LISTEN_FDNAMES: names.join(':') }),
    ...(watchdog > 0 && { WATCHDOG_USEC: String(Math.round(watchdog * 1000)) }),
    ...(mainPid !== undefined && { MAINPID: String(mainPid) }),
    ...(manager !== undefined && { MANAGERPID: String(manager.pid) }),
    ...(manager?.pidfdId !== undefined && { MANAGERPIDFDID: manager.pidfdId }),
    ...outcome,
  };
}

/**
 * Wraps the command in a shell that first reads two lines from standard input: READYD_JOURNAL_STREAM and
 * LISTEN_PIDFDID, which are known once the shell runs; a line is empty if there is no value. JOURNAL_STREAM is not set,
 * because it would send entries of other loggers to this machine's journal; printed lines become entries here anyway.
 * The shell knows its own pid, which `exec` keeps, and ignores SIGPIPE (IgnoreSIGPIPE=yes). `guard` comes before the
 * command.
 */
export function behindShell(
  command: readonly string[],
  provision: Provision,
  guard: readonly string[] = [],
): readonly string[] {
  const names = ['SYSTEMD_EXEC_PID'];
  if (provision.names.length > 0) names.push('LISTEN_PID');
  if (provision.watchdog > 0) names.push('WATCHDOG_PID');
  const assignments = names.map((name) => `${name}=$$`).join(' ');
  const script = `trap '' PIPE; read -r READYD_JOURNAL_STREAM && read -r LISTEN_PIDFDID || exit 1
[ -n "$LISTEN_PIDFDID" ] && export LISTEN_PIDFDID || unset LISTEN_PIDFDID
export READYD_JOURNAL_STREAM ${assignments}; exec "$@" </dev/null`;
  return ['/bin/sh', '-c', script, 'sh', ...guard, ...command];
}
