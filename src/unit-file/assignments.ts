// Parses the lines of a unit file: sections, assignments, comments and continued lines. systemd.syntax(7). Pure.

/** One `Key=value` of a unit file; lines continued with `\` are joined. */
export interface Assignment {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly file: string;
  /** The number of its last line, from 1. */
  readonly line: number;
}

/** A line that systemd ignores, and why. */
export interface LeftOut {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/** The content of a unit's files, in the order in which systemd reads them. */
export interface UnitText {
  readonly assignments: readonly Assignment[];
  readonly leftOut: readonly LeftOut[];
}

/** systemd's limit for a line, including its continuations. */
const LINE_MAX = 1024 * 1024;
const BYTE_ORDER_MARK = '\u{feff}';

/**
 * Reads one file.
 *
 * @throws Error if systemd does not load the unit: an unclosed section header, or a line that is too long.
 */
export function parseAssignments(text: string, file: string): UnitText {
  const assignments: Assignment[] = [];
  const leftOut: LeftOut[] = [];
  let section = '';
  let continued: string[] = [];
  let length = 0;
  let line = 0;

  const finish = (logical: string): void => {
    const content = trim(logical);
    if (content === '') return;
    if (content.startsWith('[')) {
      section = sectionOf(content, file, line);
      return;
    }
    const equals = content.indexOf('=');
    const omit = (reason: string): void => void leftOut.push({ file, line, reason });
    if (content.includes('\u{fffd}')) omit('it is not valid UTF-8');
    else if (section === '') omit('it is in front of the first section');
    else if (equals < 0) omit(`it has no '='`);
    else if (equals === 0) omit(`it has no name in front of '='`);
    else {
      const [key, value] = [trim(content.slice(0, equals)), trim(content.slice(equals + 1))];
      assignments.push({ section, key, value, file, line });
    }
  };

  for (const raw of physicalLines(text)) {
    line += 1;
    // Comments are also allowed between continued lines.
    if (/^[ \t]*[#;]/.test(raw)) continue;
    length += raw.length;
    if (length > LINE_MAX) throw new Error(`${file}:${line}: the line is too long`);
    const goesOn = endsInBackslash(raw);
    continued.push(goesOn ? `${raw.slice(0, -1)} ` : raw);
    if (goesOn) continue;
    finish(continued.join(''));
    [continued, length] = [[], 0];
  }
  finish(continued.join(''));
  return { assignments, leftOut };
}

/** A line ends at LF, CR, CR LF, or NUL. */
function physicalLines(text: string): string[] {
  return (text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text).split(/\r\n|\n\r|[\n\r\0]/);
}

/** True for an odd number of backslashes: `\\` is an escaped backslash. */
function endsInBackslash(line: string): boolean {
  let count = 0;
  while (line[line.length - 1 - count] === '\\') count += 1;
  return count % 2 === 1;
}

function sectionOf(content: string, file: string, line: number): string {
  if (!content.endsWith(']'))
    throw new Error(`${file}:${line}: the section header has no ']': ${content.slice(0, 80)}`);
  return content.slice(1, -1);
}

/** Trims the four characters that systemd treats as whitespace; JavaScript has more. */
export function trim(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && isSpace(text[from])) from += 1;
  while (to > from && isSpace(text[to - 1])) to -= 1;
  return text.slice(from, to);
}

export function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r';
}
