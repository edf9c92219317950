// Parses values on the command line of `readyd run`.
import { parseTimeSpan } from '../../unit-file/values.ts';
import { UsageError } from '../unit/usage.ts';

/** A time span in milliseconds; `never` is the result for `infinity`. systemd.time(7) */
export function time(option: string, text: string, never: number): number {
  const milliseconds = parseTimeSpan(text);
  if (milliseconds === undefined) {
    throw new UsageError(`${option}: expected a time such as 5s or 500ms, not '${text}'`);
  }
  return milliseconds === Number.POSITIVE_INFINITY ? never : milliseconds;
}

export function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new UsageError(`${option}: expected one of ${allowed.join(', ')}, not '${value}'`);
  return found;
}

export function count(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${option}: expected a number, not '${text}'`);
  return Number(text);
}

/** `NAME=VALUE` */
export function assignment(text: string): [string, string] {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text);
  if (match === null) throw new UsageError(`--env: expected NAME=VALUE, not '${text}'`);
  return [match[1] ?? '', match[2] ?? ''];
}
