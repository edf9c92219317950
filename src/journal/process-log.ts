// Where the package itself tells what nobody has asked for: in the log of the service where there is one.
import { writeSync } from 'node:fs';
import { journalConnected } from '../environment/journal-stream.ts';
import { processWide } from '../process-mark.ts';
import { attempt } from './unreadable.ts';

/** What it needs of a journal. */
export interface ProcessLog {
  warning(message: string, fields?: { readonly error: Error }): void;
  notice(message: string): void;
}

const shared = processWide('process-log@1', (): { log: ProcessLog | undefined } => ({ log: undefined }));

/** The log of the service, or of the watchdog. The latest counts; undefined for none. */
export function useProcessLog(log: ProcessLog | undefined): void {
  shared.log = log;
}

/**
 * Without a log of the program's own: lines with a level for the journal, where stderr is the journal, and nowhere else,
 * since the package never writes to the console on its own. No journal() is made for it: a bundle that uses none has none.
 */
const LINES: ProcessLog = {
  warning: (message) => writeLine(4, message),
  notice: (message) => writeLine(5, message),
};

export function tellProcess(say: (log: ProcessLog) => void): void {
  // A log that throws must not end the service.
  attempt(() => say(shared.log ?? LINES));
}

/** SyslogLevelPrefix= in systemd.exec(5) */
function writeLine(priority: number, message: string): void {
  const line = message.replace(/[\u0000-\u001f\u007f]+/g, ' ');
  if (journalConnected() !== undefined)
    writeSync(journalConnected() === 'stderr' ? 2 : 1, `<${priority}>readyd: ${line}\n`);
}
