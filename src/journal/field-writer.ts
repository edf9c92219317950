// Where mapped fields go: into an entry of the journal, or into the text that stands for one.

import type { Budget } from './budget.ts';

export interface FieldWriter {
  /** What its entry may still cost. */
  readonly budget: Budget;
  /** `name` is one that journald takes; a repeated one is a field with several values. */
  text(name: string, value: string): void;
  bytes(name: string, value: Uint8Array): void;
}

/** What the logger has to say about an entry itself, such as what it had to leave out. */
export const NOTE = 'READYD_NOTE';
/** What it has to say where the budget did not suffice. */
export const OVER_BUDGET = 'too much for one entry: the rest is left out';
