// Claims the descriptors that the service manager passed: once, in the main thread, and only our own.
import { FIRST_FD, LISTEN_VARIABLES, type Promised, readListenFds } from '../environment/listen-fds.ts';
import { invalidEnvironment, SystemdError } from '../errors.ts';
import { attempt } from '../journal/unreadable.ts';
import { native, syscallError } from '../native.ts';
import { processWide } from '../process-mark.ts';
import { CLUSTER_VARIABLE } from './cluster.ts';
import { serveWorkers } from './cluster-primary.ts';
import { currentThread, type Identity, identifyFrom, linkOf, pidfdIdOf } from './inspect.ts';
import { PassedFd } from './listen-fd.ts';
import { type ListenFds, PassedFds } from './listen-fds.ts';

/** A process claims its descriptors once, even with several copies of this package. */
const shared = processWide('sockets@1', (): { claimed?: PassedFds; failure?: unknown } => ({}));

// If only cluster workers serve, the primary may never call this package: it claims the descriptors when the first
// worker asks. The process named in the variable must answer, so a worker thread (with a copied environment) and a
// program started by exec must also do this. The line is in this file because package.json lets bundlers drop unused
// files, and this file contains the caller.
if ([process.env.LISTEN_PID, process.env[CLUSTER_VARIABLE]].includes(String(process.pid))) serveWorkers(passedFds);

/**
 * The descriptors that the service manager passed. The first call claims them, or the first cluster worker that
 * listens; every later call returns the same object. Empty if none were passed, and off systemd. Claiming removes
 * $LISTEN_PID, $LISTEN_PIDFDID, $LISTEN_FDS and $LISTEN_FDNAMES from `process.env` and makes the descriptors
 * close-on-exec, so that no child process takes them for its own.
 * @example
 * ```ts
 * for (const { name, kind } of listenFds()) console.log(name, kind);
 * ```
 * @throws SystemdError `SD_ERR_INVALID_ENV` for a malformed variable, `SD_ERR_STATE` in a worker thread if the process
 *   was passed descriptors and has not claimed them, and a SyscallError EBADF for a descriptor that is not open. Every
 *   later call throws the same error.
 * @see sd_listen_fds(3)
 */
export function listenFds(): ListenFds {
  return passedFds();
}

/** The same, for the other modules of this package. */
export function passedFds(): PassedFds {
  shared.claimed ??= firstClaim();
  return shared.claimed;
}

/** The descriptors claimed so far. Claims nothing. */
export function claimedFds(): Iterable<PassedFd> {
  return shared.claimed ?? [];
}

/** Whether this process uses a socket that was passed to it. */
export function isActivated(): boolean {
  return [...(shared.claimed ?? [])].some((passed) => attempt(() => passed.claimed && isForClients(passed)) ?? false);
}

/**
 * The client sockets that this process does not use yet. Claims nothing. Leaves out stored connections and files: no
 * clients wait for those.
 */
export function unclaimedSockets(): readonly PassedFd[] {
  const all = [...(shared.claimed ?? promised())];
  return all.filter((passed) => attempt(() => !passed.claimed && isForClients(passed)) ?? false);
}

function isForClients({ listening, kind, address }: PassedFd): boolean {
  return listening || ((kind === 'udp' || kind === 'unix-datagram') && address !== undefined);
}

/** The descriptors that the variables announce, without claiming them. */
function promised(): readonly PassedFd[] {
  const passed = attempt(() => {
    const { count, names } = read();
    const open = count === 0 ? [] : identifyFrom(FIRST_FD, count, () => 'cannot inspect the passed descriptors');
    return open.map((identity, index) => new PassedFd(FIRST_FD + index, names()[index] ?? '', identity));
  });
  return passed ?? [];
}

function firstClaim(): PassedFds {
  if (!LISTEN_VARIABLES.some((variable) => variable in process.env)) {
    if (shared.failure !== undefined) throw shared.failure;
    return new PassedFds([]);
  }
  if (!isMainThread()) return inWorker();
  try {
    const all = claim();
    if (all.length > 0) serveWorkers(() => all);
    return all;
  } catch (error) {
    shared.failure = error;
    throw error;
  } finally {
    for (const variable of LISTEN_VARIABLES) delete process.env[variable];
  }
}

// The thread id of the main thread equals the process id. Only another thread loads node:worker_threads, which takes as
// long as claiming a hundred descriptors.
function isMainThread(): boolean {
  return (
    currentThread() === `${process.pid}/task/${process.pid}` ||
    process.getBuiltinModule('node:worker_threads').isMainThread
  );
}

// A worker thread has a copy of the environment, which does not show whether the main thread has claimed. If the
// environment is shared, removing the variables would take them away from the main thread.
function inWorker(): PassedFds {
  if (read().count === 0) return new PassedFds([]);
  throw new SystemdError(
    'SD_ERR_STATE',
    'descriptors were passed to this process, and this is a worker thread: call listenFds() in the main thread before the worker starts',
  );
}

function read(): Promised {
  return readListenFds(process.env, { pid: process.pid, pidfdId: () => pidfdIdOf(process.pid) });
}

function claim(): PassedFds {
  const { count, names } = read();
  const identities: Identity[] = [];
  while (identities.length < count) {
    const next = FIRST_FD + identities.length;
    const open = identifyFrom(next, count - identities.length, () => refusal(next, count));
    // One by one: those before an invalid one stay protected from child processes.
    for (const identity of open) {
      claimOne(FIRST_FD + identities.length, identity, count);
      identities.push(identity);
    }
  }
  return new PassedFds(
    names().map((name, index) => new PassedFd(FIRST_FD + index, name, identities[index] as Identity)),
  );
}

function claimOne(fd: number, identity: Identity, count: number): void {
  if (isEventLoop(fd, identity)) {
    throw invalidEnvironment(
      'LISTEN_FDS',
      String(count),
      `descriptor ${fd} is the event loop of this program, so only ${fd - FIRST_FD} were passed`,
    );
  }
  const result = native().closeOnExec(fd, 1);
  if (result < 0) throw syscallError(refusal(fd, count), result, 'fcntl');
}

function refusal(fd: number, count: number): string {
  return `cannot claim descriptor ${fd}, which $LISTEN_FDS=${count} says was passed (${FIRST_FD} to ${FIRST_FD + count - 1})`;
}

// Node opens its own descriptors directly after the inherited ones, and the first is always its epoll. No manager
// passes an epoll: it watches descriptors of the process that created it.
function isEventLoop(fd: number, { mode }: Identity): boolean {
  const anonymous = (mode & 0o170000) === 0;
  return anonymous && linkOf(fd) === 'anon_inode:[eventpoll]';
}
