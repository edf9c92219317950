// The events of a service, in order.
import { printable } from '../printable-text.ts';
import type { JournalRecord } from './journal-record.ts';

/** One event. */
export interface TimelineEvent {
  /** Milliseconds since the manager was created. */
  readonly at: number;
  /** The origin; `stdout` and `stderr` are printed lines of the service, `journal` is an entry with fields. */
  readonly source: 'manager' | 'service' | 'stdout' | 'stderr' | 'journal';
  readonly text: string;
  /** The printed line or journal entry, with its priority and fields. */
  readonly entry?: JournalRecord;
}

/** `  +0.052 s  service  READY=1`: columns of equal width for every event. */
export function formatEvent({ at, source, text }: Omit<TimelineEvent, 'source'> & { source: string }): string {
  return `${`+${(at / 1000).toFixed(3)}`.padStart(9)} s  ${source.padEnd(7)}  ${printable(text)}`;
}
