// The eight levels of syslog(3), whose numbers PRIORITY= carries, and the names that other loggers have for them.

/** How much an entry matters, from `'emergency'` (0) to `'debug'` (7). @see syslog(3) */
export type Level = 'emergency' | 'alert' | 'critical' | 'error' | 'warning' | 'notice' | 'info' | 'debug';

/** A level, or a name that pino has for one: `'fatal'` is critical, `'warn'` is warning, and `'trace'` is debug. */
export type LevelName = Level | 'fatal' | 'warn' | 'trace';

/** Which entries are written: those of this level and of all that matter more; with `'silent'` none. */
export type Threshold = LevelName | 'silent';

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

/** Behind those of LEVELS. An entry of this rank has the priority of debug, and `LEVEL=trace`. */
export const TRACE = 8;

const RANKS: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  ...LEVELS.map((level, priority) => [level, priority] as const),
  ['fatal', 2],
  ['warn', 4],
  ['trace', TRACE],
]);

export const THRESHOLDS: readonly Threshold[] = [...LEVELS, 'fatal', 'warn', 'trace', 'silent'];

/** Where a level stands: its priority, or TRACE; undefined for anything that is no level. */
export function rankOf(level: unknown): number | undefined {
  return RANKS.get(level);
}

/** The last rank that is written. To journald trace is debug, so what lets one through lets the other through. */
export function lastRank(threshold: Threshold): number {
  if (threshold === 'silent') return -1;
  return threshold === 'debug' ? TRACE : (RANKS.get(threshold) ?? TRACE);
}
