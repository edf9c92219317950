// Runs systemctl and journalctl, with a time limit.
import { execFileSync } from 'node:child_process';

/** The name of a unit, or undefined for the unit of this process; `user` for the user's manager. */
export interface DoctorRequest {
  readonly unit: string | undefined;
  readonly user: boolean;
}

const BYTES_MAX = 64 << 20;

/** The output of a command; undefined if it fails, times out or writes more. */
export function ask(command: string, args: readonly string[], maxBuffer: number = BYTES_MAX): string | undefined {
  try {
    return execFileSync(command, [...args], {
      encoding: 'utf8',
      timeout: 10_000,
      maxBuffer,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}

/** The lines of `systemctl show` for each unit, in order; undefined if systemd does not answer. */
export function show({ user }: DoctorRequest, names: readonly string[]): string[][] | undefined {
  if (names.length === 0) return [];
  const text = ask('systemctl', [...(user ? ['--user'] : []), 'show', '--no-pager', '--', ...names]);
  if (text === undefined || text === '') return undefined;
  return text.split('\n\n').map((one) => one.split('\n').filter((line) => line.includes('=')));
}

/** The last value of each property. */
export function propertiesOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
