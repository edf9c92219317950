// Chooses the passed descriptors that the caller means, or explains why none can be used. Pure.
import { quote, SystemdError } from '../errors.ts';
import type { PassedFd } from './listen-fd.ts';
import type { PassedFds } from './listen-fds.ts';

/** The kind of descriptor that a caller can use. */
export interface Criterion {
  /** Text for messages: `a listening stream socket`. */
  readonly what: string;
  readonly fits: (passed: PassedFd) => boolean;
  /** Matches descriptors so similar that the caller must have meant one: then the fallback is not used. */
  readonly near?: (passed: PassedFd) => boolean;
}

export type IsFree = (passed: PassedFd) => boolean;

const isUdp = ({ kind }: PassedFd): boolean => kind === 'udp';

function datagrams(type: 'udp4' | 'udp6', family: 'IPv4' | 'IPv6'): Criterion {
  return {
    what: `a socket for ${type}, which is ${family},`,
    fits: (passed) => {
      const { address } = passed;
      return isUdp(passed) && address !== undefined && 'family' in address && address.family === family;
    },
    near: isUdp,
  };
}

/** By a name that can be sent to another process. */
export const CRITERIA: Readonly<Record<'listener' | 'udp4' | 'udp6', Criterion>> = {
  listener: {
    what: 'a listening tcp or unix-stream socket',
    fits: (passed) => passed.listening && (passed.kind === 'tcp' || passed.kind === 'unix-stream'),
    near: ({ listening }) => listening,
  },
  udp4: datagrams('udp4', 'IPv4'),
  udp6: datagrams('udp6', 'IPv6'),
};

export type CriterionName = keyof typeof CRITERIA;

const untaken: IsFree = (passed) => !passed.taken;

/** Descriptors that were chosen. */
export interface Choice {
  /** The first; if several are wanted, all that match. Never empty. */
  readonly passed: readonly PassedFd[];
  /** The requested name, if a descriptor of another name was used instead: see `chooseNameless`. */
  readonly instead: string | undefined;
}

/**
 * The descriptors of that name. Without a name: those that fit, which must all have the same name. Undefined if none
 * was passed.
 * @throws SystemdError `SD_ERR_FD_MISMATCH`, `SD_ERR_FD_TAKEN` or `SD_ERR_AMBIGUOUS`; then no descriptor is taken.
 */
export function choose(
  all: PassedFds,
  name: string | undefined,
  wanted: Criterion,
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

function chooseOnly(all: readonly PassedFd[], wanted: Criterion, isFree: IsFree): readonly PassedFd[] {
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

// A unit can have a stream socket and a datagram socket with the same name: prefer those that fit.
function chooseNamed(named: readonly PassedFd[], wanted: Criterion, isFree: IsFree): readonly PassedFd[] {
  const fitting = named.filter(wanted.fits);
  const candidates = fitting.length > 0 ? fitting : named;
  const available = candidates.filter(isFree);
  const chosen = available[0] ?? candidates[0]?.refuseTaken();
  if (chosen !== undefined && !wanted.fits(chosen)) throw mismatch(chosen, wanted);
  return available;
}

/**
 * The only descriptor that fits and has no configured name: systemd-socket-activate(1) and nspawn drop names, and a
 * socket unit without FileDescriptorName= passes its default. The fallback would leave the clients of the unit waiting.
 */
function chooseNameless(all: readonly PassedFd[], wanted: Criterion, isFree: IsFree): readonly PassedFd[] {
  const nameless = all.filter((passed) => wanted.fits(passed) && isNameless(passed.name));
  return nameless.length === 1 ? nameless.filter(isFree) : [];
}

function isNameless(name: string): boolean {
  return name === 'unknown' || name === '' || name.endsWith('.socket');
}

/** The error for a descriptor that the caller means but cannot use. */
export function mismatch(passed: PassedFd, wanted: Criterion): SystemdError {
  return new SystemdError(
    'SD_ERR_FD_MISMATCH',
    `${passed.label} is ${passed.description}, but ${wanted.what} is wanted; it stays available`,
  );
}

/** The error if nothing (of that name) was passed and there is no fallback. */
export function noSocket(all: PassedFds, name: string | undefined, wanted: Criterion): SystemdError {
  const which = name === undefined ? wanted.what : `descriptor named ${quote(name)}`;
  const passed = all.length === 0 ? 'no descriptors were passed' : `these were passed: ${list([...all])}`;
  return new SystemdError(
    'SD_ERR_NO_SOCKET',
    `no ${which.replace(/^an? /, '')}: ${passed}; start the service through its .socket unit, or give a fallback`,
  );
}

function list(passed: readonly PassedFd[]): string {
  return passed.map(({ name, description }) => `${quote(name)} (${description})`).join(', ');
}
