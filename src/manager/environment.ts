// The variables that a service manager gives to a service. systemd.exec(5), "Environment Variables Set or Propagated"
import { randomBytes } from 'node:crypto';

/** What there is to tell. */
export interface Provision {
  readonly notifySocket: string;
  /** FileDescriptorName= of each passed descriptor, from 3 on. */
  readonly names: readonly string[];
  /** In milliseconds; 0 for none. */
  readonly watchdog: number;
}

// Whoever runs the stand-in may be a service itself; what its own manager told it is not for the child.
const OURS =
  /^(NOTIFY_SOCKET|FDSTORE|LISTEN_(PID|PIDFDID|FDS|FDNAMES)|WATCHDOG_(USEC|PID)|SYSTEMD_EXEC_PID|INVOCATION_ID|JOURNAL_STREAM|MAINPID|MANAGERPID)$/;

/** All but the variables that hold the pid of the service, which `withPid` adds. */
export function serviceEnvironment(base: NodeJS.ProcessEnv, provision: Provision): NodeJS.ProcessEnv {
  const inherited = Object.entries(base).filter(([name]) => !OURS.test(name));
  return {
    ...Object.fromEntries(inherited),
    NOTIFY_SOCKET: provision.notifySocket,
    INVOCATION_ID: randomBytes(16).toString('hex'),
    ...(provision.names.length > 0 && {
      LISTEN_FDS: String(provision.names.length),
      LISTEN_FDNAMES: provision.names.join(':'),
    }),
    ...(provision.watchdog > 0 && { WATCHDOG_USEC: String(Math.round(provision.watchdog * 1000)) }),
  };
}

/**
 * The command, told its own pid: only the shell that becomes it knows that beforehand. `exec` keeps the pid.
 */
export function withPid(command: readonly string[], provision: Provision): readonly string[] {
  const names = ['SYSTEMD_EXEC_PID'];
  if (provision.names.length > 0) names.push('LISTEN_PID');
  if (provision.watchdog > 0) names.push('WATCHDOG_PID');
  const assignments = names.map((name) => `${name}=$$`).join(' ');
  return ['sh', '-c', `export ${assignments}; exec "$@"`, 'sh', ...command];
}
