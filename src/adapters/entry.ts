// The entry that an adapter creates for one call of its logger. Pure.
import type { Fields } from '../journal/field-value.ts';
import type { Level } from '../journal/levels.ts';
import type { Journal } from '../journal/logger.ts';
import { attempt } from '../journal/unreadable.ts';

export interface AdapterEntry {
  readonly level: Level;
  readonly message: string | Error;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log call never throws: if `make` fails because of nesting depth or memory, the text of `bare` is written. */
export function writeEntry(journal: Journal, make: () => AdapterEntry, bare: () => string): void {
  const { level, message, fields } = attempt(make) ?? { level: 'info', message: attempt(bare) ?? '', fields: {} };
  journal.log(level, message, fields as Fields); // it takes any value at all
}

/** The field for the name of a level, if its priority does not identify it. */
export const LEVEL_FIELD = 'LEVEL';
