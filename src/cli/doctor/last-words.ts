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
  /^(Uncaught |<ref \*\d+> )?(\[?([A-Z]\w*)?(Error|Exception)\b.*|\[?UnhandledPromiseRejection.*|FATAL ERROR: .*|.*: bad option: .*|.*: fatal: .*|\s*# +(Fatal|Assertion|Check failed).*|npm error (?!code\b|syscall\b|path\b|errno\b|A complete log\b)\S.*)/;
const FRAME = /^\s+at (?:.*\()?(?:file:\/\/)?(\/[^()]+?):(\d+)(?::\d+)?\)?$/;
/** A syntax error has no stack, but the location comes before it. */
const HEAD = /^(?:file:\/\/)?(\/\S+):(\d+)$/;

/** Undefined for a program without output. */
export function lastWords(words: readonly string[]): LastWords | undefined {
  const lines = words
    .flatMap((word) => word.slice(0, 20_000).split('\n'))
    .map((line) => textOfJson(line) ?? line)
    .map((line) => line.slice(0, LINE_MAX));
  const last = lines.findLastIndex((line) => ERROR.test(line));
  const at = NPM.test(lines[last] ?? '') ? firstOfNpm(lines, last) : last;
  if (at < 0) {
    const error = lines.findLast((line) => !NO_WORDS.test(line));
    const thrown = lines.some((line) => THROWN.test(line));
    return error === undefined
      ? undefined
      : { error: thrown ? `uncaught value: ${error}` : error, place: undefined, known: thrown };
  }
  return { error: textAt(lines, at), place: placeAfter(lines, at) ?? placeBefore(lines, at), known: true };
}

/** What Node prints after a value that was thrown, and the lines without words around a fatal error of V8. */
const NO_WORDS = /^[\s#{}[\](),;^]*$|^Node\.js v\d|^\(Use `\w+ --trace-/;
/** Node prints this below a value that is not an Error. */
const THROWN = /^\(Use `\w+ --trace-uncaught/;
const NPM = /^npm error /;

/** npm explains its error in several lines; the first one has it. */
function firstOfNpm(lines: readonly string[], last: number): number {
  let first = last;
  for (let at = last; at >= 0 && NPM.test(lines[at] ?? 'npm error '); at -= 1)
    if (ERROR.test(lines[at] ?? '')) first = at;
  return first;
}

/** The message and the error of a line of JSON, as pino, winston and bunyan write it. */
function textOfJson(line: string): string | undefined {
  if (!line.startsWith('{"') || !line.endsWith('}')) return undefined;
  try {
    const { msg, message, err, error } = JSON.parse(line) as Readonly<Record<string, unknown>>; // it begins with {
    const cause: unknown = Object(err ?? error).message ?? error;
    const found = [msg ?? message, cause].filter((one) => typeof one === 'string' && one !== '');
    return found.length === 0 ? undefined : [...new Set(found)].join(': ');
  } catch {
    return undefined;
  }
}

const CAUSE = /^\s+\[cause\]: (.*?)( \{)?$/;

/** Node prints the reason of a rejection at the end of a long sentence, and the cause of an error below its stack. */
function textAt(lines: readonly string[], at: number): string {
  const line = lines[at] ?? '';
  const cause = lines
    .slice(at + 1, at + 20)
    .map((one) => CAUSE.exec(one)?.[1])
    .find((one) => one !== undefined);
  if (cause !== undefined) return `${line} (${cause})`.slice(0, LINE_MAX);
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
