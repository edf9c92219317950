// Checks the variables of this process, if there is no unit with more information. sd_notify(3), sd_listen_fds(3),
// sd_watchdog_enabled(3)
import { parsePid } from '../../environment/integer.ts';
import { LISTEN_VARIABLES, readListenFds } from '../../environment/listen-fds.ts';
import { parseNotifySocket } from '../../environment/notify-socket.ts';
import { readWatchdog } from '../../environment/watchdog.ts';
import { invalidEnvironment, quote } from '../../errors.ts';
import type { ProcessEnvironment, Rule } from './facts.ts';

const VARIABLES = ['NOTIFY_SOCKET', 'SYSTEMD_EXEC_PID', ...LISTEN_VARIABLES, 'WATCHDOG_USEC', 'WATCHDOG_PID'];

/** The names of the variables that are set, in an order independent of the shell. */
export function variablesOf({ env }: ProcessEnvironment): string[] {
  return VARIABLES.filter((name) => env[name] !== undefined);
}

function malformed(parse: (own: ProcessEnvironment) => unknown, change: string): Rule {
  return ({ own }) => {
    try {
      if (own !== undefined) parse(own);
      return undefined;
    } catch (error) {
      return {
        id: 'environment-malformed',
        severity: 'error',
        what: (error as Error).message,
        why: 'no service manager sets such a value, and calls that need it fail with SD_ERR_INVALID_ENV',
        change,
      };
    }
  };
}

const notifyMalformed = malformed(({ env }) => {
  if (env.NOTIFY_SOCKET !== undefined) parseNotifySocket(env.NOTIFY_SOCKET);
}, 'unset NOTIFY_SOCKET, and leave it to the service manager; to try it, readyd run sets one');

const execMalformed = malformed(({ env }) => {
  const pid = parsePid(env.SYSTEMD_EXEC_PID ?? '1');
  if (typeof pid === 'string') throw invalidEnvironment('SYSTEMD_EXEC_PID', env.SYSTEMD_EXEC_PID ?? '', pid);
}, 'unset SYSTEMD_EXEC_PID, and leave it to systemd');

// Parsed as the addressed process would: otherwise errors in another process's variables would go unnoticed.
const listenMalformed = malformed(({ env }) => {
  const pid = Number(parsePid(env.LISTEN_PID ?? '1'));
  readListenFds({ LISTEN_PID: '1', ...env }, { pid, pidfdId: () => undefined }).names();
}, 'unset the LISTEN_ variables, and leave them to the service manager; to try them, readyd run --listen 8080 sets them');

const watchdogMalformed = malformed(
  ({ env, pid }) => readWatchdog({ WATCHDOG_USEC: '1', ...env }, pid),
  'unset WATCHDOG_USEC and WATCHDOG_PID, and leave them to WatchdogSec=; to try them, readyd run --watchdog 5s sets them',
);

const WHY_UNREACHABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket: its manager has gone, or it was not mounted into this container',
  ECONNREFUSED:
    'no process listens there: its manager has gone, InaccessiblePaths= hides it, or it is a name in another network namespace',
  EPROTOTYPE: 'that socket takes no datagrams, so it is not one of a service manager',
  EACCES: 'this user may not write to it',
};

const unreachable: Rule = ({ own }) => {
  if (own?.notifyFault === undefined) return undefined;
  const { env, notifyFault } = own;
  return {
    id: 'notify-socket-unreachable',
    severity: 'error',
    what: `$NOTIFY_SOCKET is ${quote(env.NOTIFY_SOCKET)}, and no message arrives there: ${notifyFault}`,
    why: `${WHY_UNREACHABLE[notifyFault] ?? 'the socket cannot be used from here'}; ready() and similar calls fail`,
    change: 'start the program by systemd or readyd run, which listen there; otherwise unset NOTIFY_SOCKET',
  };
};

/**
 * The process that a variable names, if it is neither this one nor an ancestor. If a service runs the doctor or a
 * shell, that service is an ancestor: it got correct variables, and only passes them on.
 */
function stranger(own: ProcessEnvironment | undefined, variable: string): number | undefined {
  const pid = parsePid(own?.env[variable] ?? '');
  if (own?.ancestors === undefined || typeof pid !== 'number') return undefined;
  return pid === own.pid || own.ancestors.includes(pid) ? undefined : pid;
}

const INHERITED = 'if it was inherited from another service, start the program with childEnv() there, or unset it here';

const notMain: Rule = ({ own }) => {
  const pid = stranger(own, 'SYSTEMD_EXEC_PID');
  if (own === undefined || pid === undefined) return undefined;
  return {
    id: 'not-main-process',
    // Without $NOTIFY_SOCKET nothing is sent, so nothing can be refused.
    severity: own.env.NOTIFY_SOCKET === undefined ? 'warning' : 'error',
    what: `SYSTEMD_EXEC_PID is ${pid}, but this is process ${own.pid}, which process ${pid} did not start`,
    why: 'systemd accepts messages, also READY, only from the main process of a service, unless it has NotifyAccess=all',
    change: 'ExecStart= with the program itself; where it was inherited from another service, unset NOTIFY_SOCKET, too',
  };
};

const listenPid: Rule = ({ own }) => {
  const count = own?.env.LISTEN_FDS;
  if (own === undefined || count === undefined) return undefined;
  const pid = stranger(own, 'LISTEN_PID');
  const missing = own.env.LISTEN_PID === undefined;
  if (pid === undefined && !missing) return undefined;
  return {
    id: 'listen-pid',
    severity: 'error',
    what: missing
      ? `LISTEN_FDS is ${quote(count)}, and LISTEN_PID is not set`
      : `LISTEN_PID is ${pid}, but this is process ${own.pid}, which process ${pid} did not start`,
    why: missing
      ? 'LISTEN_PID names the process that may use the sockets: without it, no program finds them'
      : 'the sockets are for another process, so this program gets none',
    change: `ExecStart= with the program itself; ${INHERITED}`,
  };
};

const watchdogPid: Rule = ({ own }) => {
  const pid = stranger(own, 'WATCHDOG_PID');
  if (own?.env.WATCHDOG_USEC === undefined || pid === undefined) return undefined;
  return {
    id: 'watchdog-pid',
    severity: 'error',
    what: `WATCHDOG_PID is ${pid}, but this is process ${own.pid}, which process ${pid} did not start`,
    why: 'systemd waits for the pings of another process, and watchdog() sends none here',
    change: `ExecStart= with the program itself; ${INHERITED}`,
  };
};

export const THIS_PROCESS_RULES: readonly Rule[] = [
  notifyMalformed,
  unreachable,
  execMalformed,
  notMain,
  listenMalformed,
  listenPid,
  watchdogMalformed,
  watchdogPid,
];
