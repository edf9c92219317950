// What the main thread and the diagnosis worker send to each other.
import type { Sample } from './stall.ts';
import type { Report } from './stall-report.ts';

/** The data from the main thread. */
export interface DiagnosisData {
  readonly memory: SharedArrayBuffer;
  /** The pulse when the thread was started: the loop may already have been blocked since then. */
  readonly start: Sample;
  /** SYSLOG_IDENTIFIER. */
  readonly identifier: string;
  /** The path of journald's socket. */
  readonly journal: string;
  readonly sourceMaps: boolean;
}

/** A message for the main thread, which it processes once it runs again. */
export interface DiagnosisMessage {
  readonly report: Report;
  /** Whether the report is already in the journal. */
  readonly written: boolean;
}
