// Finds the level that a text logger writes at the start of a line, at most after a date or a name. A missed level
// leaves the default; a wrong one raises a false alarm. So a word only counts in a form that loggers use: in brackets,
// in capitals, or before a colon. Pure.
import type { Level } from '../journal/levels.ts';

/** How far from the start a level may be; the rest of the line is ignored. */
const FRONT = 96;

const LEVELS_BY_WORD: Readonly<Record<string, Level>> = {
  emerg: 'emergency',
  emergency: 'emergency',
  alert: 'alert',
  crit: 'critical',
  critical: 'critical',
  fatal: 'critical',
  err: 'error',
  error: 'error',
  warn: 'warning',
  warning: 'warning',
  notice: 'notice',
  info: 'info',
  log: 'info',
  http: 'info',
  debug: 'debug',
  trace: 'debug',
  verbose: 'debug',
  silly: 'debug',
};

const WORDS =
  'emerg(?:ency)?|alert|crit(?:ical)?|fatal|err(?:or)?|warn(?:ing)?|notice|info|http|debug|trace|verbose|silly';
/**
 * Dates, times, process numbers, and names in brackets, such as `[2026-11-28 16:00:00.123]`, `28 Nov`, `[Nest] 42  -`.
 */
const PREFIX = String.raw`^\s*(?:(?:\[[\w:.,/+ -]{1,40}\]|\d[\w:.,/+-]*|[AP]M|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|[-|])\s{1,8}){0,8}?`;

/** `[warn]`, `(WARN)`, `<error>`; padded inside, as `[warn ]`. */
const BRACKETED = new RegExp(String.raw`${PREFIX}[[(<](${WORDS})\s{0,4}[\])>](?=[\s:,[]|$)`, 'i');
/** `WARN text`, `ERROR: text`. NestJS has LOG and VERBOSE as well. */
const CAPITALS = new RegExp(String.raw`${PREFIX}(${WORDS.toUpperCase()}|LOG)(?=\s|:\s|$)`);
/** `warn: text`, as winston's simple format, and `warn --- text`. Only at the very front. */
const IN_FRONT = new RegExp(String.raw`^\s{0,4}(${WORDS})(?=:\s|\s?---\s)`);

/** How each of these forms can start: quicker than the three for the many texts that start otherwise. */
const START = /^\s*[\d[(<|\-ac-fh-jl-pstvw]/i;

/** Undefined if the text contains no level. */
export function levelOfText(text: string): Level | undefined {
  if (!START.test(text)) return undefined;
  const front = text.length > FRONT ? text.slice(0, FRONT) : text;
  const word = (BRACKETED.exec(front) ?? CAPITALS.exec(front) ?? IN_FRONT.exec(front))?.[1];
  return word === undefined ? undefined : LEVELS_BY_WORD[word.toLowerCase()];
}

const PRIORITIES: readonly Level[] = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug'];

/** `<4>text`: the prefix that journald itself reads from a stream. sd-daemon(3) */
export function readPrefix(text: string): { readonly level: Level; readonly text: string } | undefined {
  if (text.charCodeAt(0) !== 0x3c || text.charAt(2) !== '>') return undefined;
  const level = PRIORITIES[text.charCodeAt(1) - 0x30];
  return level === undefined ? undefined : { level, text: text.slice(3) };
}

// ECMA-48: control sequences, operating system commands (up to BEL or ST), and two-character escapes.
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])/g;

/** Removes colours and other terminal escape sequences. */
export function withoutEscapes(text: string): string {
  return text.includes('\u001b') ? text.replace(ESCAPES, '') : text;
}
