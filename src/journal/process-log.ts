// The package's own log messages: they go to the log of the service, if there is one.
import { writeSync } from 'node:fs';
import { journalConnected } from '../environment/journal-stream.ts';
import { processWide } from '../process-mark.ts';
import { attempt } from './unreadable.ts';

/** The methods of a journal that it uses. */
export interface ProcessLog {
  warning(message: string, fields?: { readonly error: Error }): void;
  notice(message: string): void;
}

const shared = processWide('process-log@1', (): { log: ProcessLog | undefined } => ({ log: undefined }));

/** Sets the log of the service or of the watchdog. The latest call wins; undefined removes it. */
export function useProcessLog(log: ProcessLog | undefined): void {
  shared.log = log;
}

/**
 * Used without a log of the program: writes lines with a level, but only if stderr goes to the journal, because the
 * package never writes to the console unasked. It does not use journal(), so that bundles without a logger stay small.
 */
const LINES: ProcessLog = {
  warning: (message) => writeLine(4, message),
  notice: (message) => writeLine(5, message),
};

export function tellProcess(say: (log: ProcessLog) => void): void {
  // An error of the log must not end the service.
  attempt(() => say(shared.log ?? LINES));
}

/** SyslogLevelPrefix= in systemd.exec(5) */
function writeLine(priority: number, message: string): void {
  const line = message.replace(/[\u0000-\u001f\u007f]+/g, ' ');
  if (journalConnected() !== undefined)
    writeSync(journalConnected() === 'stderr' ? 2 : 1, `<${priority}>readyd: ${line}\n`);
}
