// What happened, in the order in which it happened.
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

/** Text that leaves a terminal as it is, whatever a service says. A tab, as in the source line of a stack, stays. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '\u{fffd}');
}

/** `  +0.052 s  service  READY=1`: the columns are as wide for every event. */
export function formatEvent({ at, source, text }: Omit<TimelineEvent, 'source'> & { source: string }): string {
  return `${`+${(at / 1000).toFixed(3)}`.padStart(9)} s  ${source.padEnd(7)}  ${printable(text)}`;
}
