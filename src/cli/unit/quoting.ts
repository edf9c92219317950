// Text as systemd reads it back from a unit file. Every setting has rules of its own: some are split into words that may be
// quoted, some are one value that is taken as it stands, and nearly all have specifiers (%n). systemd.syntax(7)
import { unfit } from './usage.ts';

// A unit file is lines of UTF-8: what is not, makes systemd leave out the line, and start the service without it.
const CONTROL = /[\0-\x08\x0a-\x1f\x7f\x80-\x9f]/;
const PLAIN_WORD = /^[\w@%+=:,./-]+$/;

/** @throws UsageError for what no line can hold: line breaks and control characters, but for a tab, and halves of characters. */
export function checkLine(what: string, value: string): string {
  if (/[\n\r]/.test(value)) throw unfit(what, value, 'a unit file cannot hold a line break here');
  if (CONTROL.test(value)) throw unfit(what, value, 'a unit file cannot hold control characters');
  if (!value.isWellFormed()) throw unfit(what, value, 'it is not valid Unicode');
  return value;
}

/** `%` begins a specifier, in words and in values. */
export function escapeSpecifiers(text: string): string {
  return text.replaceAll('%', '%%');
}

/** One word of a setting that is a list of them, such as `Environment=`. */
export function quoteWord(what: string, value: string): string {
  const text = escapeSpecifiers(checkLine(what, value));
  if (PLAIN_WORD.test(text)) return text;
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('\t', '\\t')}"`;
}

/** One argument of a command: `$NAME` would be taken from the environment of the service. systemd.service(5), Command lines */
export function quoteArgument(what: string, value: string): string {
  return quoteWord(what, value.replaceAll('$', '$$$$'));
}

/** The program of a command: no variable is looked for in it, and systemd refuses the characters that it would have to quote. */
export function quoteProgram(what: string, path: string): string {
  if (/["'\\\t]/.test(path)) throw unfit(what, path, 'systemd runs no program with quotes or a backslash in its path');
  return quoteWord(what, path);
}

/** A value that is taken as it stands to the end of the line, such as `Description=` or `WorkingDirectory=`. */
export function plainValue(what: string, value: string): string {
  checkLine(what, value);
  if (value === '') throw unfit(what, value, 'it is empty');
  if (value.trim() !== value) throw unfit(what, value, 'a unit file cannot hold white space at its ends');
  if (value.endsWith('\\')) throw unfit(what, value, 'a backslash at the end of a line joins it with the next');
  return escapeSpecifiers(value);
}

/** A path of `BindReadOnlyPaths=`, whose own syntax has `:` between two paths. */
export function bindPath(what: string, path: string): string {
  if (/[:"'\\\t]/.test(path)) throw unfit(what, path, 'systemd cannot bind a path with a colon, quotes or a backslash');
  return quoteWord(what, path);
}
