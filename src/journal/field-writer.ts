// The destination of mapped fields: an entry of the journal, or text. Pure.

import type { Budget } from './budget.ts';

export interface FieldWriter {
  /** The remaining budget of the entry. */
  readonly budget: Budget;
  /** `name` must be valid for journald; a repeated name makes a field with several values. */
  text(name: string, value: string): void;
  bytes(name: string, value: Uint8Array): void;
}

/** The field for the logger's own notes about an entry, such as omissions. */
export const NOTE = 'READYD_NOTE';
/** The note for an exhausted budget. */
export const OVER_BUDGET = 'too much for one entry: the rest is left out';
