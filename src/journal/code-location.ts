// Finds where an error was thrown, from its stack, for CODE_FILE=, CODE_LINE= and CODE_FUNC=. With --enable-source-maps
// Node writes original source locations into the stack, so the fields contain them too.
import { fileURLToPath } from 'node:url';
import { messageEnd } from './error-chain.ts';
import { attempt } from './unreadable.ts';

export interface CodeLocation {
  readonly file: string;
  readonly line: string;
  readonly func: string | undefined;
}

/**
 * A frame in a file: `at f (/a.js:1:2)`, `at /a.js:1:2`, `at async f (file:///a.js:1:2)`. Not `node:` and `eval at`.
 */
const FRAME = /^\s+at (?:async )?(?:((?:(?! \().)+) \()?((?:file:\/\/|\/|[A-Za-z]:[\\/])[^\n]*?):(\d+):\d+\)?$/;
const FRAMES_MAX = 100;
/** A longer line is not a frame. */
const FRAME_LENGTH_MAX = 8192;

/** The first frame outside of Node itself. Skips the message, because its lines may look like frames. */
export function codeLocation(stack: string, message: string): CodeLocation | undefined {
  const frames = stack.slice(Math.max(0, messageEnd(stack, message))).split('\n', FRAMES_MAX);
  for (const frame of frames) {
    const match = frame.length > FRAME_LENGTH_MAX ? null : FRAME.exec(frame);
    if (match !== null) return { file: filePath(match[2] ?? ''), line: match[3] ?? '', func: match[1] };
  }
  return undefined;
}

function filePath(place: string): string {
  if (!place.startsWith('file:')) return place;
  return attempt(() => fileURLToPath(place)) ?? place;
}
