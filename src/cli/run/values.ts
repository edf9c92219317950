// Values that both the command line and unit files have: systemd.time(7)

/** A mistake of whoever typed the command. */
export class UsageError extends Error {}

const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  '': 1000,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  d: 86_400_000,
};

/** A time span as systemd.time(7) has it, in milliseconds; `never` is what `infinity` stands for. */
export function time(option: string, text: string, never: number): number {
  if (text === 'infinity') return never;
  const parts = [...text.matchAll(/\s*(\d+(?:\.\d+)?)\s*([a-z]*)/g)];
  const whole = parts.map(([part]) => part).join('') === text.trimEnd();
  if (parts.length === 0 || !whole || parts.some(([, , unit = '']) => UNITS[unit] === undefined)) {
    throw new UsageError(`${option}: expected a time such as 5s or 500ms, not '${text}'`);
  }
  return parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (UNITS[unit] ?? 0), 0);
}
