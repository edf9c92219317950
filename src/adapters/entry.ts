// What an adapter makes of one call of its logger.
import type { Fields } from '../journal/field-value.ts';
import type { Level } from '../journal/levels.ts';
import type { Journal } from '../journal/logger.ts';
import { attempt } from '../journal/unreadable.ts';

export interface Entry {
  readonly level: Level;
  readonly message: string | Error;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log call never throws: where no entry can be made, out of the depth of its data or for want of memory, `bare` stays. */
export function writeEntry(journal: Journal, make: () => Entry, bare: () => string): void {
  const { level, message, fields } = attempt(make) ?? { level: 'info', message: attempt(bare) ?? '', fields: {} };
  journal.log(level, message, fields as Fields); // it takes any value at all
}

/** The field that names a level which its priority does not tell. */
export const LEVEL_FIELD = 'LEVEL';
