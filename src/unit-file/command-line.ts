// Parses a command line of a unit file: systemd.service(5), "Command Lines". Pure.
import { isSpace } from './assignments.ts';
import { expandSpecifiers, type Specifiers } from './specifiers.ts';
import { readWord, skipSpace } from './words.ts';

/** One command, before its variables are replaced. */
export interface CommandLine {
  readonly argv: readonly string[];
  /** Prefix `-`: a failure is ignored. */
  readonly mayFail: boolean;
  /** Whether `$NAME` and `${NAME}` are replaced when it runs; false with the prefix `:`. */
  readonly variables: boolean;
  /** Its argv[0], if it has the prefix `@`. */
  readonly argv0: string | undefined;
  /** The other prefixes, which change privileges or request a shell: `+`, `!`, `!!`, `|`. */
  readonly prefixes: string;
}

/**
 * The commands of one `Exec…=` line, separated by `;`.
 *
 * @throws Error if systemd refuses the unit because of the line.
 */
export function parseCommandLines(value: string, specifiers: Specifiers): CommandLine[] {
  const commands: CommandLine[] = [];
  for (let at = skipSpace(value, 0); at < value.length; ) {
    const { command, next } = readCommand(value, at, specifiers);
    if (command !== undefined) commands.push(command);
    at = next;
  }
  return commands;
}

interface Part {
  readonly command: CommandLine | undefined;
  readonly next: number;
}

function readCommand(value: string, from: number, specifiers: Specifiers): Part {
  const first = readArgument(value, from, true);
  if (first === undefined) return { command: undefined, next: value.length };
  if (first.text === ';') return { command: undefined, next: first.next };
  const { rest, ...prefix } = readPrefixes(first.text);
  try {
    const path = checkPath(expandSpecifiers(rest, specifiers), value);
    const { words, next } = readArguments(value, first.next, specifiers);
    const argv0 = prefix.renames ? words[0] : undefined;
    const args = prefix.renames ? words.slice(1) : words;
    if (prefix.renames && argv0 === undefined) throw new Error(`there is no argv[0] behind '@': ${value}`);
    const { mayFail, variables, prefixes } = prefix;
    return { command: { argv: [path, ...args], mayFail, variables, argv0, prefixes }, next };
  } catch (error) {
    // systemd ignores such a line completely.
    if (prefix.mayFail) return { command: undefined, next: value.length };
    throw error;
  }
}

function readArguments(value: string, from: number, specifiers: Specifiers): { words: string[]; next: number } {
  const words: string[] = [];
  let at = from;
  while (at < value.length) {
    if (isAlone(value, at, ';')) return { words, next: skipSpace(value, at + 1) };
    if (isAlone(value, at, '\\;')) {
      words.push(';');
      at = skipSpace(value, at + 2);
      continue;
    }
    const word = readArgument(value, at, false);
    if (word === undefined) break;
    words.push(expandSpecifiers(word.text, specifiers));
    at = word.next;
  }
  return { words, next: at };
}

function isAlone(value: string, at: number, separator: string): boolean {
  const end = at + separator.length;
  return value.startsWith(separator, at) && (end === value.length || isSpace(value[end]));
}

/** systemd keeps an unknown escape unchanged, and logs a warning. */
function readArgument(value: string, at: number, first: boolean): { text: string; next: number } | undefined {
  const strict = readWord(value, at, 'refuse');
  const word = strict === 'invalid' ? readWord(value, at, 'keep') : strict;
  if (word !== 'invalid') return word;
  // If the first word is invalid, systemd ignores the line; for a later word it refuses the unit.
  if (first) return undefined;
  throw new Error(`a quote is not closed: ${value}`);
}

interface CommandPrefix {
  readonly mayFail: boolean;
  readonly variables: boolean;
  readonly renames: boolean;
  readonly prefixes: string;
  readonly rest: string;
}

/** Each prefix counts once; a repeated one belongs to the path. */
function readPrefixes(word: string): CommandPrefix {
  let [mayFail, variables, renames, prefixes, at] = [false, true, false, '', 0];
  for (; at < word.length; at += 1) {
    const character = word.charAt(at);
    const privileged = /[+!]/.test(prefixes);
    if (character === '-' && !mayFail) mayFail = true;
    else if (character === ':' && variables) variables = false;
    else if (character === '@' && !renames && !prefixes.includes('|')) renames = true;
    else if (character === '+' && !privileged) prefixes += '+';
    else if (character === '!' && (!privileged || prefixes.endsWith('!')) && !prefixes.includes('!!')) prefixes += '!';
    else if (character === '|' && !prefixes.includes('|') && !renames) prefixes += '|';
    else break;
  }
  return { mayFail, variables, renames, prefixes, rest: word.slice(at) };
}

const NAME_MAX = 255;

function checkPath(path: string, value: string): string {
  const refuse = (reason: string): Error => new Error(`${reason}: ${value}`);
  if (path === '') throw refuse('there is no program to run');
  if (/[\0-\x1f\x7f"'\\]/.test(path)) throw refuse('the path of the program has special characters');
  if (/(^|\/)\.{0,2}$/.test(path)) throw refuse('the program is a folder');
  if (path.startsWith('/') ? path.split('/').includes('..') : path.includes('/')) {
    throw refuse('the program is neither a plain name nor an absolute path');
  }
  if (!path.startsWith('/') && path.length > NAME_MAX) throw refuse('the name of the program is too long');
  return path.replaceAll(/\/(\.?\/)+/g, '/');
}
