// The options of both adapters: those of journal(), except its level, because winston has its own option of that name.
import { checkObject, checkOneOf, checkString, ownOptions } from '../arguments.ts';
import { LEVELS, type Level, type Threshold } from '../journal/levels.ts';
import { JOURNAL_KEYS, type JournalOptions } from '../journal/options.ts';

export type AdapterJournalOptions = Omit<JournalOptions, 'level'>;

/** By the level names of the logger. */
export type Priorities = Readonly<Record<string, Level>>;

/**
 * The options for journal(), which validates their values. Its level allows everything, because the logger decides what
 * is written.
 *
 * @throws TypeError `SD_ERR_INVALID_ARG` for a key that belongs neither to journal() nor to `own`.
 */
export function journalOptions(
  what: string,
  options: object,
  own: Readonly<Record<string, true>>,
): JournalOptions & { level: Threshold } {
  const { level: _level, ...keys } = JOURNAL_KEYS;
  const taken = Object.entries(ownOptions(what, options, { ...keys, ...own })).filter(
    ([key, value]) => key in keys && value !== undefined,
  );
  return { ...Object.fromEntries(taken), level: 'debug' };
}

export function checkKey(what: string, value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : checkString(what, value);
}

export function checkPriorities(what: string, value: unknown): Priorities {
  if (value === undefined) return {};
  const pairs = Object.entries(checkObject(what, value));
  return Object.fromEntries(pairs.map(([name, level]) => [name, checkOneOf(`${what}.${name}`, level, LEVELS)]));
}
