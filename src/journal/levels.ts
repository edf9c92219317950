// The eight levels of syslog(3), whose numbers PRIORITY= contains, and the names that other loggers use for them. Pure.

/** The importance of an entry, from `'emergency'` (0) to `'debug'` (7). @see syslog(3) */
export type Level = 'emergency' | 'alert' | 'critical' | 'error' | 'warning' | 'notice' | 'info' | 'debug';

/** A level, or pino's name for one: `'fatal'` is critical, `'warn'` is warning, and `'trace'` is debug. */
export type LevelName = Level | 'fatal' | 'warn' | 'trace';

/** Which entries are written: those of this level and above; with `'silent'` none. */
export type Threshold = LevelName | 'silent';

/** By priority: the index is the number in the protocol. */
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

/** The rank after LEVELS. An entry of this rank has the priority of debug, and `LEVEL=trace`. */
export const TRACE = 8;

const RANKS: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  ...LEVELS.map((level, priority) => [level, priority] as const),
  ['fatal', 2],
  ['warn', 4],
  ['trace', TRACE],
]);

export const THRESHOLDS: readonly Threshold[] = [...LEVELS, 'fatal', 'warn', 'trace', 'silent'];

/** The rank of a level: its priority, or TRACE; undefined for an unknown level. */
export function rankOf(level: unknown): number | undefined {
  return RANKS.get(level);
}

/** The last rank that is written. journald stores trace as debug, so enabling one enables both. */
export function lastRank(threshold: Threshold): number {
  if (threshold === 'silent') return -1;
  return threshold === 'debug' ? TRACE : (RANKS.get(threshold) ?? TRACE);
}
