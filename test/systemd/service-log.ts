// The entries of a service.
import type { Machine } from './machine.ts';

/**
 * Finds the entries by the program's name. A busy journald may read the last entries of a process after its exit, and then
 * it cannot find their unit. (Another test proves that the journal waits.)
 */
export async function logged(machine: Machine, unit: string, ...args: string[]): Promise<Record<string, unknown>[]> {
  return await machine.journal(`SYSLOG_IDENTIFIER=${unit.replace('.service', '')}`, ...args);
}

export async function errors(machine: Machine, unit: string): Promise<Record<string, unknown>[]> {
  return await logged(machine, unit, '-p', 'err');
}
