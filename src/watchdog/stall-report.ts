// Builds the report of a blocked event loop. Pure.
import type { CodePlace } from './code-place.ts';

/** An entry for the journal, and the line for STATUS. */
export interface Report {
  readonly priority: 3 | 5;
  readonly message: string;
  readonly status: string;
  /** MESSAGE_ID= of the entry. */
  readonly id: string;
  /** Further fields of the entry, by their journal names. */
  readonly fields: Readonly<Record<string, string>>;
}

/** For `journalctl MESSAGE_ID=…`: the loop is blocked, and the loop runs again. */
export const BLOCKED_ID = '4b1d1a9c61a94f3fb2c1d3a80b0f6e57';
export const TURNING_ID = 'c0a6f1de0d774b0f9d0f5f6f6e3b7a12';

/** A block: how long it has lasted, and how long until the manager ends the service, in milliseconds. */
export interface Block {
  readonly blockedFor: number;
  readonly left: number;
}

/** The report with the stack, innermost frame first. */
export function stackReport(block: Block, places: readonly CodePlace[]): Report {
  const culprit = places.find(isOwn) ?? places[0];
  if (culprit === undefined) return unreadReport(block, 'no JavaScript is on it');
  const where = `in ${nameOf(culprit)} (${culprit.file || 'eval'}:${culprit.line})`;
  const stack = places.map(frameLine).join('\n');
  return {
    priority: 3,
    message: `${headline(block)} ${where}${deadline(block)}\n${stack}`,
    status: `event loop blocked for ${duration(block.blockedFor)} ${where}`,
    id: BLOCKED_ID,
    fields: {
      ...times(block),
      CODE_FILE: culprit.file,
      CODE_LINE: String(culprit.line),
      CODE_FUNC: nameOf(culprit),
      STACK: stack,
    },
  };
}

/** The report without a stack; `why` contains what is known instead. */
export function unreadReport(block: Block, why: string): Report {
  return {
    priority: 3,
    message: `${headline(block)}, and the stack cannot be read: ${why}${deadline(block)}`,
    status: `event loop blocked for ${duration(block.blockedFor)}, the stack cannot be read: ${why}`,
    id: BLOCKED_ID,
    fields: times(block),
  };
}

/** The report that the loop runs again. */
export function turningReport(blockedFor: number): Report {
  const text = `the event loop turns again, after ${duration(blockedFor)}`;
  return {
    priority: 5,
    message: text,
    status: text,
    id: TURNING_ID,
    fields: { BLOCKED_USEC: usec(blockedFor) },
  };
}

function headline(block: Block): string {
  return `the event loop has been blocked for ${duration(block.blockedFor)}`;
}

function deadline(block: Block): string {
  return block.left > 0
    ? `; the watchdog ends the service in ${duration(block.left)}`
    : '; the watchdog’s time is over';
}

function times(block: Block): Record<string, string> {
  return { BLOCKED_USEC: usec(block.blockedFor), WATCHDOG_LEFT_USEC: usec(block.left) };
}

function usec(ms: number): string {
  return String(Math.round(ms * 1000));
}

/** False for Node's own code: the caller of Node is the cause. */
function isOwn(place: CodePlace): boolean {
  return place.file !== '' && !place.file.startsWith('node:');
}

function nameOf(place: CodePlace): string {
  return place.func === '' ? '<anonymous>' : place.func;
}

/** The format of a frame in an error's stack. */
function frameLine(place: CodePlace): string {
  const where = `${place.file || '<anonymous>'}:${place.line}:${place.column}`;
  return place.func === '' ? `    at ${where}` : `    at ${place.func} (${where})`;
}

/** `640 ms`, `1.6 s`, `45 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 9950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}
