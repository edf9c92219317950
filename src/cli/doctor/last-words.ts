// What a program wrote before it ended: the error, and where it was thrown. Node prints a line of the source, the error, and
// its stack.

export interface LastWords {
  /** The line that says what went wrong, such as `Error: no configuration`. */
  readonly error: string;
  /** `/srv/app.mjs:3`, where a place in the program's own code is known. */
  readonly place: string | undefined;
  /** It is an error, and not just the last line that was written. */
  readonly known: boolean;
}

const LINE_MAX = 500;
const ERROR =
  /^(Uncaught )?(\[?([A-Z]\w*)?(Error|Exception)\b.*|\[?UnhandledPromiseRejection.*|FATAL ERROR: .*|.*: bad option: .*|.*: fatal: .*)/;
const FRAME = /^\s+at (?:.*\()?(?:file:\/\/)?(\/[^()]+?):(\d+)(?::\d+)?\)?$/;
/** Before a syntax error there is no stack, but the place. */
const HEAD = /^(?:file:\/\/)?(\/\S+):(\d+)$/;

/** Undefined for a program that wrote nothing. */
export function lastWords(words: readonly string[]): LastWords | undefined {
  const lines = words.flatMap((word) => word.slice(0, 20_000).split('\n')).map((line) => line.slice(0, LINE_MAX));
  const at = lines.findLastIndex((line) => ERROR.test(line));
  if (at < 0) {
    const last = lines.findLast((line) => line.trim() !== '' && !/^Node\.js v\d/.test(line));
    return last === undefined ? undefined : { error: last, place: undefined, known: false };
  }
  return { error: textAt(lines, at), place: placeAfter(lines, at) ?? placeBefore(lines, at), known: true };
}

/** A rejection tells its reason at the end of a long sentence of Node's. */
function textAt(lines: readonly string[], at: number): string {
  const line = lines[at] ?? '';
  const reason = /The promise rejected with the reason "(.*)"\./.exec(line)?.[1];
  return reason === undefined ? line : `unhandled rejection: ${reason}`;
}

function placeAfter(lines: readonly string[], at: number): string | undefined {
  for (const line of lines.slice(at + 1, at + 20)) {
    const [, path, row] = FRAME.exec(line) ?? [];
    if (path !== undefined && !path.includes('/node_modules/')) return `${path}:${row}`;
  }
  return undefined;
}

function placeBefore(lines: readonly string[], at: number): string | undefined {
  const [, path, row] = lines.slice(Math.max(0, at - 8), at).reduce<RegExpExecArray | null>((found, line) => {
    return HEAD.exec(line) ?? found;
  }, null) ?? [undefined, undefined, undefined];
  return path === undefined ? undefined : `${path}:${row}`;
}
