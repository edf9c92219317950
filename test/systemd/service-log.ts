// What a service has logged.
import type { Machine } from './machine.ts';

/**
 * What the program has logged, by its name: whose unit the last words of a process are, a busy journald may ask too late.
 * (That the journal waits for it is a test of its own.)
 */
export async function logged(machine: Machine, unit: string, ...args: string[]): Promise<Record<string, unknown>[]> {
  return await machine.journal(`SYSLOG_IDENTIFIER=${unit.replace('.service', '')}`, ...args);
}

export async function errors(machine: Machine, unit: string): Promise<Record<string, unknown>[]> {
  return await logged(machine, unit, '-p', 'err');
}
