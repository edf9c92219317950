// Parses LISTEN_PID, LISTEN_PIDFDID, LISTEN_FDS and LISTEN_FDNAMES in the same order as sd_listen_fds_with_names(3):
// the order decides which of several errors is reported, and whether errors in another process's variables are
// reported.
import { invalidEnvironment, quote } from '../errors.ts';
import { type IntegerError, parseInteger, parsePid, UINT64_MAX } from './integer.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The process that reads the variables. */
export interface Reader {
  readonly pid: number;
  /** The inode of the reader's own pidfd; undefined if the kernel provides none: then the check is skipped. */
  readonly pidfdId: () => bigint | undefined;
}

export interface Promised {
  /** How many descriptors were passed, from number 3 on; 0 if the variables are missing or for another process. */
  readonly count: number;
  /** One name for each. Call this only after the descriptors are close-on-exec, because it may throw. */
  readonly names: () => readonly string[];
}

export const LISTEN_VARIABLES: readonly string[] = ['LISTEN_PID', 'LISTEN_PIDFDID', 'LISTEN_FDS', 'LISTEN_FDNAMES'];
export const FIRST_FD = 3;

// The highest descriptor must also be an int.
const COUNT_MAX = 2_147_483_647n - BigInt(FIRST_FD);

/**
 * Reads the variables for `reader`.
 * @throws SystemdError `SD_ERR_INVALID_ENV`; the message contains the variable and its value.
 * @see sd_listen_fds(3)
 */
export function readListenFds(env: Environment, reader: Reader): Promised {
  const list = env.LISTEN_FDNAMES;
  // First, even if the other variables turn out to be for another process: like libsystemd.
  const names = list === undefined ? undefined : splitNames(list);
  const count = isForReader(env, reader) ? readCount(env.LISTEN_FDS) : 0;
  return { count, names: () => matchNames(names, count, list) };
}

function isForReader(env: Environment, reader: Reader): boolean {
  const pidText = env.LISTEN_PID;
  if (pidText === undefined) return false;
  const pid = valid('LISTEN_PID', pidText, parsePid(pidText), 'a process id');
  if (pid !== reader.pid) return false;
  const idText = env.LISTEN_PIDFDID;
  if (idText === undefined) return true;
  const id = valid('LISTEN_PIDFDID', idText, parseInteger(idText, 0n, UINT64_MAX), 'the inode number of a pidfd');
  const own = reader.pidfdId();
  return own === undefined || own === id;
}

function readCount(text: string | undefined): number {
  if (text === undefined) return 0;
  return Number(valid('LISTEN_FDS', text, parseInteger(text, 1n, COUNT_MAX), 'a number of descriptors'));
}

function valid<T extends number | bigint>(variable: string, text: string, value: T | IntegerError, what: string): T {
  if (typeof value === 'string') throw invalidEnvironment(variable, text, `${value}; it must be ${what}`);
  return value;
}

/** Splits at every `:`, so `a::b` has an empty name in the middle; a backslash makes the next character literal. */
function splitNames(list: string): string[] {
  // Fast path for nearly all lists: a tenth of the time in a program that has just started.
  if (!list.includes('\\')) return list.split(':');
  const names: string[] = [];
  let name = '';
  for (let at = 0; at < list.length; at++) {
    const character = list.charAt(at);
    if (character === ':') {
      names.push(name);
      name = '';
    } else if (character !== '\\') name += character;
    else if (++at < list.length) name += list.charAt(at);
    else throw invalidEnvironment('LISTEN_FDNAMES', list, 'it ends in a backslash that escapes nothing');
  }
  names.push(name);
  return names;
}

function matchNames(names: readonly string[] | undefined, count: number, list = ''): readonly string[] {
  if (count === 0) return [];
  if (names === undefined) return Array.from({ length: count }, () => 'unknown');
  if (names.length === count) return names;
  throw invalidEnvironment(
    'LISTEN_FDNAMES',
    list,
    `it has ${names.length} names, but $LISTEN_FDS is ${quote(String(count))}`,
  );
}
