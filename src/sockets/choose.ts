// Which of the passed descriptors is meant, and why none of them is.
import { quote, SystemdError } from '../errors.ts';
import type { PassedFd } from './listen-fd.ts';
import type { PassedFds } from './listen-fds.ts';

/** What a caller can use. */
export interface Wanted {
  /** As it stands in a message: `a listening stream socket`. */
  readonly what: string;
  readonly fits: (passed: PassedFd) => boolean;
  /** What is so near to it that the caller must have meant it, and nobody means the fallback then. */
  readonly near?: (passed: PassedFd) => boolean;
}

export type IsFree = (passed: PassedFd) => boolean;

const isUdp = ({ kind }: PassedFd): boolean => kind === 'udp';

function datagrams(type: 'udp4' | 'udp6', family: 'IPv4' | 'IPv6'): Wanted {
  return {
    what: `a socket for ${type}, which is ${family},`,
    fits: (passed) => {
      const { address } = passed;
      return isUdp(passed) && address !== undefined && 'family' in address && address.family === family;
    },
    near: isUdp,
  };
}

/** By a name that can be told to another process. */
export const WANTED: Readonly<Record<'listener' | 'udp4' | 'udp6', Wanted>> = {
  listener: {
    what: 'a listening tcp or unix-stream socket',
    fits: (passed) => passed.listening && (passed.kind === 'tcp' || passed.kind === 'unix-stream'),
    near: ({ listening }) => listening,
  },
  udp4: datagrams('udp4', 'IPv4'),
  udp6: datagrams('udp6', 'IPv6'),
};

export type Want = keyof typeof WANTED;

const untaken: IsFree = (passed) => !passed.taken;

/** Descriptors that were chosen. */
export interface Choice {
  /** The first, and where several are wanted all that match; never empty. */
  readonly passed: readonly PassedFd[];
  /** The name that was asked for, where another one was taken for it: see `chooseNameless`. */
  readonly instead: string | undefined;
}

/**
 * The descriptors of that name; without one, those that fit, which must all have one name. Undefined where none was passed.
 * @throws SystemdError `SD_ERR_FD_MISMATCH`, `SD_ERR_FD_TAKEN` or `SD_ERR_AMBIGUOUS`; no descriptor is taken then.
 */
export function choose(
  all: PassedFds,
  name: string | undefined,
  wanted: Wanted,
  isFree: IsFree = untaken,
): Choice | undefined {
  if (name === undefined) return choiceOf(chooseOnly([...all], wanted, isFree));
  const named = all.getAll(name);
  if (named.length > 0) return choiceOf(chooseNamed(named, wanted, isFree));
  return choiceOf(chooseNameless([...all], wanted, isFree), name);
}

function choiceOf(passed: readonly PassedFd[], instead?: string): Choice | undefined {
  return passed.length === 0 ? undefined : { passed, instead };
}

function chooseOnly(all: readonly PassedFd[], wanted: Wanted, isFree: IsFree): readonly PassedFd[] {
  const fitting = all.filter(wanted.fits);
  const available = fitting.filter(isFree);
  if (new Set(available.map(({ name }) => name)).size > 1) {
    throw new SystemdError(
      'SD_ERR_AMBIGUOUS',
      `${wanted.what} is wanted, and ${available.length} were passed: name one of ${list(available)}`,
    );
  }
  if (available.length === 0) fitting[0]?.refuseTaken();
  if (fitting.length > 0) return available;
  const near = all.find((passed) => isFree(passed) && wanted.near?.(passed));
  if (near !== undefined) throw mismatch(near, wanted);
  return [];
}

// A unit can have a stream and a datagram socket, and then both have the unit's one name: those that fit go first.
function chooseNamed(named: readonly PassedFd[], wanted: Wanted, isFree: IsFree): readonly PassedFd[] {
  const fitting = named.filter(wanted.fits);
  const candidates = fitting.length > 0 ? fitting : named;
  const available = candidates.filter(isFree);
  const chosen = available[0] ?? candidates[0]?.refuseTaken();
  if (chosen !== undefined && !wanted.fits(chosen)) throw mismatch(chosen, wanted);
  return available;
}

/**
 * The only one that fits and whose name nobody has chosen: systemd-socket-activate(1) and nspawn drop names, and a socket
 * unit without FileDescriptorName= passes its own. Listening on the fallback instead would leave its clients waiting.
 */
function chooseNameless(all: readonly PassedFd[], wanted: Wanted, isFree: IsFree): readonly PassedFd[] {
  const nameless = all.filter((passed) => wanted.fits(passed) && isNameless(passed.name));
  return nameless.length === 1 ? nameless.filter(isFree) : [];
}

function isNameless(name: string): boolean {
  return name === 'unknown' || name === '' || name.endsWith('.socket');
}

/** What was meant cannot be used. */
export function mismatch(passed: PassedFd, wanted: Wanted): SystemdError {
  return new SystemdError(
    'SD_ERR_FD_MISMATCH',
    `${passed.label} is ${passed.description}, but ${wanted.what} is wanted; it stays available`,
  );
}

/** Nothing was passed (of that name) and the caller has nothing else. */
export function noSocket(all: PassedFds, name: string | undefined, wanted: Wanted): SystemdError {
  const which = name === undefined ? wanted.what : `descriptor named ${quote(name)}`;
  const passed = all.length === 0 ? 'no descriptors were passed' : `what was passed is ${list([...all])}`;
  return new SystemdError(
    'SD_ERR_NO_SOCKET',
    `no ${which.replace(/^an? /, '')}: ${passed}; start the service through its .socket unit, or give a fallback`,
  );
}

function list(passed: readonly PassedFd[]): string {
  return passed.map(({ name, description }) => `${quote(name)} (${description})`).join(', ');
}
