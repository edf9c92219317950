// All errors of this package, and the one table of their codes. docs/errors.md has a heading for each code; a test
// compares them. Pure.

/** The codes of errors other than system calls, with their meanings. */
export const ERROR_CODES = {
  SD_ERR_INVALID_ARG: 'the caller passed an invalid argument',
  SD_ERR_INVALID_ENV: 'a variable that systemd sets is malformed',
  SD_ERR_MESSAGE_TOO_LARGE: 'the message is longer than the receiver accepts',
  SD_ERR_TIMEOUT: 'the receiver did not take or answer the message in time',
  SD_ERR_NATIVE_UNAVAILABLE: 'systemd asked for something, but the addon cannot be loaded',
  SD_ERR_STATE: 'the call does not fit the state of the process',
  SD_ERR_NO_SOCKET: 'no socket was passed and there is no fallback',
  SD_ERR_AMBIGUOUS: 'several sockets with different names were passed, and the call names none of them',
  SD_ERR_FD_MISMATCH: 'a passed descriptor has another kind than the call needs',
  SD_ERR_FD_TAKEN: 'a passed descriptor already has an owner',
  SD_ERR_FD_STORE_FULL: 'the descriptor store of the unit has no room',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** A failure of this package: absence is a value, failure is an error. Match on `code`. */
export class SystemdError extends Error {
  readonly code: string;

  constructor(code: ErrorCode | (string & {}), message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SystemdError';
    this.code = code;
  }
}

/** A failed system call, in the shape of Node's own system errors. */
export class SyscallError extends SystemdError {
  /** Negative, as in Node: `-111` for ECONNREFUSED. */
  readonly errno: number;
  readonly syscall: string;
  /** The path or abstract name (`@…`) of the call, if any. */
  declare readonly path?: string;

  constructor(message: string, failure: { code: string; errno: number; syscall: string; path?: string | undefined }) {
    super(failure.code, `${message}: ${failure.code} (${failure.syscall})`);
    this.name = 'SyscallError';
    this.errno = failure.errno;
    this.syscall = failure.syscall;
    if (failure.path !== undefined) this.path = failure.path;
  }
}

type Coded<E extends Error> = E & { code: 'SD_ERR_INVALID_ARG' };

function coded<E extends Error>(error: E): Coded<E> {
  return Object.assign(error, { code: 'SD_ERR_INVALID_ARG' as const });
}

/** The caller passed a wrong type, an unknown key, or a string that the protocol cannot carry. */
export function invalidType(message: string): Coded<TypeError> {
  return coded(new TypeError(message));
}

/** The caller passed a number, or a count, outside the allowed range. */
export function invalidRange(message: string): Coded<RangeError> {
  return coded(new RangeError(message));
}

/** A variable of systemd (or another service manager) violates its protocol. */
export function invalidEnvironment(variable: string, value: string, why: string): SystemdError {
  return new SystemdError('SD_ERR_INVALID_ENV', `$${variable} is ${quote(value)}: ${why}`);
}

/** Characters that JSON keeps and a terminal interprets: DEL, C1, and characters that change or end a line. */
const RAW_IN_JSON = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]/g;

/** Formats a value for a message: quoted, with escaped control characters, at most one line. */
export function quote(value: unknown): string {
  if (typeof value !== 'string') return describe(value);
  const text = JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  return text.replace(RAW_IN_JSON, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Array.isArray() throws for a revoked proxy. */
export function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'object') return isList(value) ? 'an array' : 'an object';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? `${value}n` : 'a large bigint';
  if (typeof value === 'symbol') return 'a symbol';
  return `${value as number | boolean | undefined}`; // the remaining results of typeof
}
