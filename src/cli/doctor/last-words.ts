// Finds the error in the output of a program that has exited, and where it was thrown. Node prints the source line, the
// error, and its stack.

export interface LastWords {
  /** The line with the error, such as `Error: no configuration`. */
  readonly error: string;
  /** `/srv/app.mjs:3`, if a location in the program's own code is known. */
  readonly place: string | undefined;
  /** Whether it is an error, and not just the last line of output. */
  readonly known: boolean;
}

const LINE_MAX = 500;
const ERROR =
  /^(Uncaught )?(\[?([A-Z]\w*)?(Error|Exception)\b.*|\[?UnhandledPromiseRejection.*|FATAL ERROR: .*|.*: bad option: .*|.*: fatal: .*)/;
const FRAME = /^\s+at (?:.*\()?(?:file:\/\/)?(\/[^()]+?):(\d+)(?::\d+)?\)?$/;
/** A syntax error has no stack, but the location comes before it. */
const HEAD = /^(?:file:\/\/)?(\/\S+):(\d+)$/;

/** Undefined for a program without output. */
export function lastWords(words: readonly string[]): LastWords | undefined {
  const lines = words.flatMap((word) => word.slice(0, 20_000).split('\n')).map((line) => line.slice(0, LINE_MAX));
  const at = lines.findLastIndex((line) => ERROR.test(line));
  if (at < 0) {
    const last = lines.findLast((line) => line.trim() !== '' && !/^Node\.js v\d/.test(line));
    return last === undefined ? undefined : { error: last, place: undefined, known: false };
  }
  return { error: textAt(lines, at), place: placeAfter(lines, at) ?? placeBefore(lines, at), known: true };
}

/** Node prints the reason of a rejection at the end of a long sentence. */
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
