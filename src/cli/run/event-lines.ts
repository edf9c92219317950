// Splits an event into its message, its fields, and multi-line values such as a stack, which follow below. Pure.
import { details, type JournalRecord } from '../../manager/journal-record.ts';

export interface EventLines {
  /** Never empty. */
  readonly message: readonly string[];
  /** `METHOD=GET`, one line each. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Multi-line values, on separate lines. */
  readonly below: readonly string[];
}

const LINES_MAX = 200;
const FIELD_MAX = 120;

export function eventLines(text: string, entry: JournalRecord | undefined): EventLines {
  if (entry === undefined) return { message: limit(text.split('\n')), fields: [], below: [] };
  const all = details(entry);
  const long = all.filter(([, value]) => value.includes('\n'));
  return {
    message: limit(entry.message.split('\n')),
    fields: all
      .filter(([, value]) => !value.includes('\n'))
      .map(([name, value]) => [name, value.length > FIELD_MAX ? `${value.slice(0, FIELD_MAX)}…` : value] as const),
    below: limit(long.flatMap(([name, value]) => block(name, value, entry.message))),
  };
}

/** Leaves out the start of a stack, because it repeats the message. */
function block(name: string, value: string, message: string): string[] {
  if (name !== 'ERROR_STACK') return [`${name}=`, ...value.split('\n').map((line) => `    ${line}`)];
  const at = value.indexOf(message);
  const begin = at >= 0 && !value.slice(0, at).includes('\n') ? value.slice(at + message.length) : `\n${value}`;
  return begin.split('\n').slice(1);
}

function limit(lines: readonly string[]): readonly string[] {
  if (lines.length <= LINES_MAX) return lines;
  return [...lines.slice(0, LINES_MAX), `… ${lines.length - LINES_MAX} more lines`];
}
