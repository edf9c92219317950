// Splits output into entries: one per line, or one for several lines that belong together, such as an error with its
// stack or an object printed over several lines. Pure.

/** A line that only contains closing brackets. */
const CLOSING = /^[)\]}]{1,8}[,;]?\r?$/;

/** The last line is incomplete until its newline is written. */
export interface Split {
  readonly entries: readonly string[];
  readonly rest: string;
}

/**
 * Splits at newlines, except before an indented line and before a line that closes the indented part. Empty lines start
 * no entry: journald drops them too.
 */
export function splitLines(text: string): Split {
  const end = text.lastIndexOf('\n');
  if (end < 0) return { entries: [], rest: text };
  const rest = text.slice(end + 1);
  // Fast path for the usual case.
  if (text.indexOf('\n') === end) return { entries: end === 0 ? [] : [withoutReturn(text.slice(0, end))], rest };
  return { entries: join(text.slice(0, end).split('\n')), rest };
}

function join(lines: readonly string[]): string[] {
  const entries: string[] = [];
  let entry: string[] = [];
  const finish = (): void => {
    // Drops empty lines at the end.
    while (entry.length > 0 && isBlank(entry.at(-1) ?? '')) entry.pop();
    if (entry.length > 0) entries.push(entry.map(withoutReturn).join('\n'));
    entry = [];
  };
  for (const line of lines) {
    const last = entry.at(-1);
    const belongs =
      last !== undefined && (isIndented(line) || isBlank(line) || (isIndented(last) && CLOSING.test(line)));
    if (!belongs) finish();
    if (entry.length > 0 || !isBlank(line)) entry.push(line);
  }
  finish();
  return entries;
}

function isIndented(line: string): boolean {
  const code = line.charCodeAt(0);
  return code === 0x20 || code === 0x09;
}

function isBlank(line: string): boolean {
  return line === '' || line === '\r';
}

export function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** The text of one call, which is one entry even with several lines. */
export function oneEntry(text: string): string {
  return withoutReturn(text.endsWith('\n') ? text.slice(0, -1) : text);
}
