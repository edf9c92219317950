// An error of a program that the doctor knows by its text.
import type { Facts } from './facts.ts';
import type { LastWords } from './last-words.ts';

export interface ErrorMatch {
  readonly id: string;
  readonly what: string;
  readonly why: string;
  readonly evidence?: string | undefined;
  readonly change: string;
}

export interface ErrorRule {
  readonly pattern: RegExp;
  /** Undefined if the error has another cause after all. */
  find(match: RegExpExecArray, facts: Facts, words: LastWords): ErrorMatch | undefined;
}
