// Where an error was thrown, from its stack: what CODE_FILE=, CODE_LINE= and CODE_FUNC= say. A stack that Node wrote with
// --enable-source-maps names the places in the original source, and so do the fields.
import { fileURLToPath } from 'node:url';
import { attempt } from './unreadable.ts';

export interface CodeLocation {
  readonly file: string;
  readonly line: string;
  readonly func: string | undefined;
}

/** A frame in a file: `at f (/a.js:1:2)`, `at /a.js:1:2`, `at async f (file:///a.js:1:2)`. Not `node:` and `eval at`. */
const FRAME = /^\s+at (?:async )?(?:((?:(?! \().)+) \()?((?:file:\/\/|\/|[A-Za-z]:[\\/])[^\n]*?):(\d+):\d+\)?$/;
const FRAMES_MAX = 100;

/** The first frame outside of Node itself. The message, which may hold lines that look like frames, is passed over. */
export function codeLocation(stack: string, message: string): CodeLocation | undefined {
  const at = message === '' ? -1 : stack.indexOf(message);
  const frames = stack.slice(at < 0 ? 0 : at + message.length).split('\n', FRAMES_MAX);
  for (const frame of frames) {
    const match = FRAME.exec(frame);
    if (match !== null) return { file: filePath(match[2] ?? ''), line: match[3] ?? '', func: match[1] };
  }
  return undefined;
}

function filePath(place: string): string {
  if (!place.startsWith('file:')) return place;
  return attempt(() => fileURLToPath(place)) ?? place;
}
