// Quotes text for a unit file. Settings differ: some are split into words that may be quoted, some are one literal
// value, and nearly all expand specifiers (%n). systemd.syntax(7)
import { unfit } from './usage.ts';

// A unit file is lines of UTF-8: systemd ignores an invalid line, and starts the service without it.
const CONTROL = /[\0-\x08\x0a-\x1f\x7f\x80-\x9f]/;
const PLAIN_WORD = /^[\w@%+=:,./-]+$/;

/**
 * @throws UsageError for line breaks, control characters except a tab, and unpaired surrogates.
 */
export function checkLine(what: string, value: string): string {
  if (/[\n\r]/.test(value)) throw unfit(what, value, 'a unit file cannot hold a line break here');
  if (CONTROL.test(value)) throw unfit(what, value, 'a unit file cannot hold control characters');
  if (!value.isWellFormed()) throw unfit(what, value, 'it is not valid Unicode');
  return value;
}

/** `%` starts a specifier, in words and in values. */
export function escapeSpecifiers(text: string): string {
  return text.replaceAll('%', '%%');
}

/** One word of a list setting, such as `Environment=`. */
export function quoteWord(what: string, value: string): string {
  const text = escapeSpecifiers(checkLine(what, value));
  if (PLAIN_WORD.test(text)) return text;
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('\t', '\\t')}"`;
}

/**
 * One argument of a command. Escapes `$`, because systemd would expand `$NAME`. systemd.service(5), Command lines
 */
export function quoteArgument(what: string, value: string): string {
  return quoteWord(what, value.replaceAll('$', '$$$$'));
}

/**
 * The program of a command: systemd expands no variables in it, and refuses the characters that would need quotes.
 */
export function quoteProgram(what: string, path: string): string {
  if (/["'\\\t]/.test(path)) throw unfit(what, path, 'systemd runs no program with quotes or a backslash in its path');
  return quoteWord(what, path);
}

/** A literal value up to the end of the line, such as `Description=` or `WorkingDirectory=`. */
export function plainValue(what: string, value: string): string {
  checkLine(what, value);
  if (value === '') throw unfit(what, value, 'it is empty');
  if (value.trim() !== value) throw unfit(what, value, 'a unit file cannot hold white space at its ends');
  if (value.endsWith('\\')) throw unfit(what, value, 'a backslash at the end of a line joins it with the next');
  return escapeSpecifiers(value);
}

/** A path of `BindReadOnlyPaths=`, which separates two paths with `:`. */
export function bindPath(what: string, path: string): string {
  if (/[:"'\\\t]/.test(path)) throw unfit(what, path, 'systemd cannot bind a path with a colon, quotes or a backslash');
  return quoteWord(what, path);
}
