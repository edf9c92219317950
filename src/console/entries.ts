// Converts the program's output to entries of a journal.
import { writeEntry } from '../adapters/entry.ts';
import { isError } from '../journal/error-facts.ts';
import type { Level } from '../journal/levels.ts';
import type { Journal } from '../journal/logger.ts';
import { readJsonLine } from './json-line.ts';
import { oneEntry, splitLines, withoutReturn } from './lines.ts';
import { levelOfText, readPrefix, withoutEscapes } from './text-level.ts';

/** The current call of console, which provides more than the text. */
export interface ConsoleCall {
  readonly level: Level;
  readonly args: readonly unknown[];
}

/** What was written to a stream and is not a whole line yet. */
export interface Unfinished {
  text: string;
  /** The first bytes of an incomplete character. */
  bytes: Uint8Array;
}

/** A line may be written in parts; a longer part without a newline becomes an entry. */
const REST_MAX = 48 * 1024;
/** Node prints its warnings with console.error(). */
const NODE_WARNING = /^\(node:\d+\) /;

export class Entries {
  readonly #log: Journal;

  constructor(log: Journal) {
    this.#log = log;
  }

  /** Records what follows `unfinished`, which then has the rest. */
  take(unfinished: Unfinished, text: string, call: ConsoleCall | undefined): void {
    const whole = unfinished.text === '' ? text : unfinished.text + text;
    if (call !== undefined && text.endsWith('\n')) {
      unfinished.text = '';
      this.#writeCall(oneEntry(whole), call);
      return;
    }
    const { entries, rest } = splitLines(whole);
    unfinished.text = rest.length > REST_MAX ? '' : rest;
    for (const entry of entries) this.write(entry);
    if (rest.length > REST_MAX) this.write(rest);
  }

  /** The same for the text of a call that has no newline at its end. */
  takeCall(unfinished: Unfinished, text: string, call: ConsoleCall): void {
    const whole = unfinished.text === '' ? text : unfinished.text + text;
    unfinished.text = '';
    this.#writeCall(withoutReturn(whole), call);
  }

  write(raw: string): void {
    const text = withoutEscapes(raw);
    if (text.trim() !== '') this.#writeText(text, 'info');
  }

  #writeCall(raw: string, { level, args }: ConsoleCall): void {
    const text = withoutEscapes(raw);
    if (text.trim() === '') return;
    const error = args.find((value) => typeof value === 'object' && value !== null && isError(value));
    // An error adds its fields. A logger that prints with console.log puts its level into the text.
    if (error !== undefined) this.#log.log(level, text, { error });
    else if (level === 'info') this.#writeText(text, level);
    else this.#log.log(level === 'error' && NODE_WARNING.test(text) ? 'warning' : level, text);
  }

  #writeText(text: string, level: Level): void {
    // Nearly no text is JSON, and readyd/auto compiles that module at its first call.
    const entry = text.startsWith('{') ? readJsonLine(text) : undefined;
    if (entry !== undefined) {
      writeEntry(
        this.#log,
        () => entry,
        () => text,
      );
      return;
    }
    const prefix = readPrefix(text);
    if (prefix !== undefined) this.#log.log(prefix.level, prefix.text);
    else this.#log.log(levelOfText(text) ?? level, text);
  }
}
