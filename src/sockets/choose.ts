// Which of the passed descriptors is meant, and why none of them is.
import { quote, SystemdError } from '../errors.ts';
import type { PassedFd } from './listen-fd.ts';
import type { PassedFds } from './listen-fds.ts';

/** What a caller can use. */
export interface Wanted {
  /** As it stands in a message: `a listening stream socket`. */
  readonly what: string;
  readonly fits: (passed: PassedFd) => boolean;
}

export const LISTENER: Wanted = {
  what: 'a listening tcp or unix-stream socket',
  fits: (passed) => passed.listening && (passed.kind === 'tcp' || passed.kind === 'unix-stream'),
};

/**
 * The descriptor of that name; without one, the only descriptor that fits. Undefined where none was passed.
 * @throws SystemdError `SD_ERR_FD_MISMATCH`, `SD_ERR_FD_TAKEN` or `SD_ERR_AMBIGUOUS`; no descriptor is taken then.
 */
export function choose(all: PassedFds, name: string | undefined, wanted: Wanted): PassedFd | undefined {
  return name === undefined ? chooseOnly([...all].filter(wanted.fits), wanted) : chooseNamed(all.getAll(name), wanted);
}

function chooseOnly(fitting: readonly PassedFd[], wanted: Wanted): PassedFd | undefined {
  const available = fitting.filter((passed) => !passed.taken);
  if (available.length > 1) {
    throw new SystemdError(
      'SD_ERR_AMBIGUOUS',
      `${wanted.what} is wanted, and ${available.length} were passed: name one of ${list(available)}`,
    );
  }
  return available[0] ?? refuseTaken(fitting);
}

// A unit can have a stream and a datagram socket, and then both have the unit's one name: those that fit go first.
function chooseNamed(named: readonly PassedFd[], wanted: Wanted): PassedFd | undefined {
  const fitting = named.filter(wanted.fits);
  const candidates = fitting.length > 0 ? fitting : named;
  const chosen = candidates.find((passed) => !passed.taken) ?? refuseTaken(candidates);
  if (chosen !== undefined && !wanted.fits(chosen)) throw mismatch(chosen, wanted);
  return chosen;
}

/** What was meant cannot be used. */
export function mismatch(passed: PassedFd, wanted: Wanted): SystemdError {
  return new SystemdError(
    'SD_ERR_FD_MISMATCH',
    `${passed.label} is ${passed.description}, but ${wanted.what} is wanted; it stays available`,
  );
}

function refuseTaken(fitting: readonly PassedFd[]): undefined {
  fitting[0]?.refuseTaken();
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
