// Parses integers like systemd does in environment variables: strtoull(3) with base detection and no trailing
// characters.

export type IntegerError = 'not a number' | 'out of range';

export const UINT64_MAX: bigint = (1n << 64n) - 1n;
const PID_MAX = 2_147_483_647n;

const FORM = /^[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)$/;

function digits(text: string): bigint {
  const octal = /^0[0-7]+$/.test(text);
  return BigInt(octal ? `0o${text.slice(1)}` : text.toLowerCase());
}

/** An integer in `min…max`; allows leading space, `+`, `0x`, `0o`, `0b` and octal `0`, but no trailing characters. */
export function parseInteger(text: string, min: bigint, max: bigint): bigint | IntegerError {
  const plain = Number(text);
  // Fast path for plain decimal, which is nearly always used: cheaper than the regular expression.
  if (Number.isSafeInteger(plain) && String(plain) === text) return within(BigInt(plain), min, max);
  const match = FORM.exec(text);
  if (match === null) return 'not a number';
  const magnitude = digits(match[2] ?? '');
  return within(match[1] === '-' ? -magnitude : magnitude, min, max);
}

function within(value: bigint, min: bigint, max: bigint): bigint | IntegerError {
  return value < min || value > max ? 'out of range' : value;
}

/** A process id: 1…2147483647; refuses all forms of minus zero. */
export function parsePid(text: string): number | IntegerError {
  const pid = parseInteger(text, 1n, PID_MAX);
  return typeof pid === 'bigint' ? Number(pid) : pid;
}
