// The eight levels of syslog(3), whose numbers PRIORITY= carries.

/** How much an entry matters, from `'emergency'` (0) to `'debug'` (7). @see syslog(3) */
export type Level = 'emergency' | 'alert' | 'critical' | 'error' | 'warning' | 'notice' | 'info' | 'debug';

/** By priority: the index is the number on the wire. */
export const LEVELS: readonly Level[] = [
  'emergency',
  'alert',
  'critical',
  'error',
  'warning',
  'notice',
  'info',
  'debug',
];

const PRIORITIES: ReadonlyMap<unknown, number> = new Map(LEVELS.map((level, priority) => [level, priority]));

/** The number of a level; undefined for anything else. */
export function priorityOf(level: unknown): number | undefined {
  return PRIORITIES.get(level);
}
