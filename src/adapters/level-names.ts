// Maps the levels of other loggers to those of the journal. Pure.
import type { Level } from '../journal/levels.ts';

/** Names that the priority fully expresses. */
const SAME: ReadonlyMap<string, Level> = new Map([
  ['emergency', 'emergency'],
  ['emerg', 'emergency'],
  ['panic', 'emergency'],
  ['alert', 'alert'],
  ['critical', 'critical'],
  ['crit', 'critical'],
  ['fatal', 'critical'],
  ['error', 'error'],
  ['err', 'error'],
  ['warning', 'warning'],
  ['warn', 'warning'],
  ['notice', 'notice'],
  ['info', 'info'],
  ['debug', 'debug'],
]);

/** Names that share a priority with another name: pino's trace, and the names that winston's npm and cli levels add. */
const FINER: ReadonlyMap<string, Level> = new Map([
  ['http', 'info'],
  ['help', 'info'],
  ['data', 'info'],
  ['verbose', 'debug'],
  ['trace', 'debug'],
  ['silly', 'debug'],
  ['prompt', 'debug'],
  ['input', 'debug'],
]);

/** pino's numbers. */
const NUMBERS: readonly (readonly [number: number, level: Level])[] = [
  [60, 'critical'],
  [50, 'error'],
  [40, 'warning'],
  [30, 'info'],
  [20, 'debug'],
  [10, 'debug'],
];

/** The level of a name, case-insensitive. */
export function levelOfName(name: string): Level | undefined {
  const lower = name.toLowerCase();
  return SAME.get(lower) ?? FINER.get(lower);
}

/** Whether an entry must contain the name, because its priority does not identify it. */
export function needsLevelField(name: string): boolean {
  return !SAME.has(name.toLowerCase());
}

/** The nearest of pino's levels; halfway between two, the more important one. */
export function levelOfNumber(number: number): Level {
  let nearest: Level = 'info';
  let least = Number.POSITIVE_INFINITY;
  for (const [at, level] of NUMBERS) {
    const distance = Math.abs(number - at);
    if (distance >= least) continue;
    nearest = level;
    least = distance;
  }
  return number === Number.POSITIVE_INFINITY ? 'critical' : nearest;
}
