// Turns the program's console output into journal entries.
import type { Descriptor } from '../console/recorder.ts';
import { type Capture, startCapture } from '../console/start-capture.ts';
import { isJournalStream } from '../environment/journal-stream.ts';
import type { LateJournal } from './late-journal.ts';
import type { AutoSettings } from './settings.ts';

const STANDARD = [1, 2] as const;

export interface CapturedOutput {
  readonly capture: Capture | undefined;
  /** Whether the errors that Node prints go to the journal. */
  readonly recordsErrors: boolean;
}

export function captureOutput(setting: AutoSettings['console'], log: LateJournal): CapturedOutput {
  const descriptors = new Set<Descriptor>(STANDARD.filter(isJournalStream));
  // Without a connection to journald the original stream is better.
  if (setting === 'off' || descriptors.size === 0 || !log.found) return { capture: undefined, recordsErrors: false };
  return { capture: startCapture(() => log.journal, descriptors), recordsErrors: descriptors.has(2) };
}
