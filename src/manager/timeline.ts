// What happened, in the order in which it happened.
import { printable } from '../printable-text.ts';
import type { JournalRecord } from './journal-record.ts';

/** One thing that happened. */
export interface TimelineEvent {
  /** Milliseconds since the manager was created. */
  readonly at: number;
  /** Who did or said it; `stdout` and `stderr` are lines that the service printed, `journal` is an entry with fields. */
  readonly source: 'manager' | 'service' | 'stdout' | 'stderr' | 'journal';
  readonly text: string;
  /** What was printed or written to the journal, with its priority and its fields. */
  readonly entry?: JournalRecord;
}

/** `  +0.052 s  service  READY=1`: the columns are as wide for every event. */
export function formatEvent({ at, source, text }: Omit<TimelineEvent, 'source'> & { source: string }): string {
  return `${`+${(at / 1000).toFixed(3)}`.padStart(9)} s  ${source.padEnd(7)}  ${printable(text)}`;
}
