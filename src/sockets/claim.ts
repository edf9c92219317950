// Takes the descriptors over from the service manager: once, in the main thread, and nothing that is not ours.
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

/** Descriptors are claimed once in a process, whichever copy of this package does it. */
const shared = processWide('sockets@1', (): { claimed?: PassedFds; failure?: unknown } => ({}));

// Where only the workers of a cluster serve, their primary has no reason to call anything. So what was passed to it is
// claimed when the first of them asks. And whoever has been named to the workers as the one to ask has to answer: a worker
// thread, which has a copy of the environment, or a program that the process has become. (The line is in this file because
// package.json lets a bundler leave out a file of which nothing is used: this one has what asks.)
if ([process.env.LISTEN_PID, process.env[CLUSTER_VARIABLE]].includes(String(process.pid))) serveWorkers(passedFds);

/**
 * The descriptors that the service manager passed: claimed by the first call, or for the first worker of a cluster that
 * listens; the same object ever after. Empty where none were passed, also off systemd. Claiming removes $LISTEN_PID,
 * $LISTEN_PIDFDID, $LISTEN_FDS and $LISTEN_FDNAMES from `process.env` and makes the descriptors close-on-exec, so that no
 * child believes they are its own.
 * @example
 * ```ts
 * for (const { name, kind } of listenFds()) console.log(name, kind);
 * ```
 * @throws SystemdError `SD_ERR_INVALID_ENV` for a malformed variable, `SD_ERR_STATE` in a worker thread of a process that
 *   was passed descriptors and has not claimed them, and a SyscallError EBADF for a descriptor that is not open. The
 *   same error is thrown by every later call.
 * @see sd_listen_fds(3)
 */
export function listenFds(): ListenFds {
  return passedFds();
}

/** The same, for the rest of this package. */
export function passedFds(): PassedFds {
  shared.claimed ??= firstClaim();
  return shared.claimed;
}

/** What has been claimed so far; asking claims nothing. */
export function claimedFds(): Iterable<PassedFd> {
  return shared.claimed ?? [];
}

/** Whether this process serves a socket that was passed to it. */
export function isActivated(): boolean {
  return [...(shared.claimed ?? [])].some((passed) => attempt(() => passed.claimed && isForClients(passed)) ?? false);
}

/**
 * The sockets for clients that nothing in this process has claimed, also where none were asked for: looking at them claims
 * nothing. Stored connections and files have no clients that wait.
 */
export function unclaimedSockets(): readonly PassedFd[] {
  const all = [...(shared.claimed ?? promised())];
  return all.filter((passed) => attempt(() => !passed.claimed && isForClients(passed)) ?? false);
}

function isForClients({ listening, kind, address }: PassedFd): boolean {
  return listening || ((kind === 'udp' || kind === 'unix-datagram') && address !== undefined);
}

/** What the variables say that was passed, unclaimed as it is. */
function promised(): readonly PassedFd[] {
  const passed = attempt(() => {
    const { count, names } = read();
    const open = count === 0 ? [] : identifyFrom(FIRST_FD, count, () => 'cannot look at what was passed');
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

// A worker never runs in the thread that the process began with, which has the number of the process. Only who runs in
// another has to load the module that knows, which takes as long as claiming a hundred descriptors.
function isMainThread(): boolean {
  return (
    currentThread() === `${process.pid}/task/${process.pid}` ||
    process.getBuiltinModule('node:worker_threads').isMainThread
  );
}

// Its environment is a copy, which cannot tell whether the main thread has claimed them since; and where it is shared,
// removing the variables would take them away from the main thread.
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
    // One by one, so that those before a wrong one are safe from children in any case.
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

// Node opens its own descriptors right behind those it was started with, and the first is always its epoll. An epoll is
// the one thing that nobody passes: it watches descriptors of the process that made it.
function isEventLoop(fd: number, { mode }: Identity): boolean {
  const anonymous = (mode & 0o170000) === 0;
  return anonymous && linkOf(fd) === 'anon_inode:[eventpoll]';
}
