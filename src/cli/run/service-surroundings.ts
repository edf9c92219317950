// The working directory and environment of a service, from its unit files: systemd.exec(5)
import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';
import { readRegularFile } from '../../regular-file.ts';
import type { Assignment } from '../../unit-file/assignments.ts';
import { isAssignment, parseEnvironmentFile } from '../../unit-file/environment-file.ts';
import { filesMatching } from '../../unit-file/glob.ts';
import { expandSpecifiers, type Specifiers, UnknownSpecifier } from '../../unit-file/specifiers.ts';
import { readWord } from '../../unit-file/words.ts';
import { UsageError } from '../unit/usage.ts';
import type { UnitNotes } from './unit-notes.ts';

const FILE_BYTES_MAX = 4 * 1024 * 1024;

export class ServiceSurroundings {
  readonly #specifiers: Specifiers;
  readonly #notes: UnitNotes;
  readonly #variables = new Map<string, string>();
  #files: { readonly pattern: string; readonly mayLack: boolean }[] = [];
  #unset: string[] = [];
  #folder: { readonly path: string; readonly mayLack: boolean } | undefined;

  constructor(specifiers: Specifiers, notes: UnitNotes) {
    this.#specifiers = specifiers;
    this.#notes = notes;
  }

  /** Returns false if the setting belongs to neither. */
  read(assignment: Assignment): boolean {
    const { key, value } = assignment;
    if (key === 'Environment') this.#readEnvironment(assignment);
    else if (key === 'EnvironmentFile') this.#readFile(assignment);
    else if (key === 'UnsetEnvironment') this.#unset = value === '' ? [] : [...this.#unset, ...this.#words(assignment)];
    else if (key === 'WorkingDirectory') this.#readFolder(assignment);
    else return false;
    return true;
  }

  /** The default is `/`, or the home directory for a user other than root. */
  get folder(): string {
    const { path, mayLack } = this.#folder ?? { path: this.#isRoot ? '/' : homedir(), mayLack: true };
    return mayLack && statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true ? '/' : path;
  }

  get hasFolder(): boolean {
    return this.#folder !== undefined;
  }

  /**
   * The environment plus the variables of the unit. Reads the files now.
   *
   * @throws UsageError for a missing file.
   */
  environment(base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const env = { ...base, ...Object.fromEntries(this.#variables) };
    for (const { pattern, mayLack } of this.#files) {
      const paths = filesMatching(pattern);
      if (paths.length === 0 && !mayLack) throw new UsageError(`EnvironmentFile=${pattern}: there is no such file`);
      for (const path of paths) Object.assign(env, readEnvironment(path, mayLack));
    }
    for (const text of this.#unset) {
      const equals = text.indexOf('=');
      const name = equals < 0 ? text : text.slice(0, equals);
      if (equals < 0 || env[name] === text.slice(equals + 1)) delete env[name];
    }
    return env;
  }

  get #isRoot(): boolean {
    return process.getuid?.() === 0;
  }

  #readEnvironment(assignment: Assignment): void {
    if (assignment.value === '') this.#variables.clear();
    for (const text of this.#words(assignment)) {
      const equals = text.indexOf('=');
      const [name, value] = [text.slice(0, equals), text.slice(equals + 1)];
      if (equals > 0 && isAssignment(name, value)) this.#variables.set(name, value);
      else this.#notes.invalid(assignment);
    }
  }

  /** If a word cannot be parsed, the words before it still count. */
  #words(assignment: Assignment): string[] {
    const words: string[] = [];
    for (let at = 0; ; ) {
      const word = readWord(assignment.value, at, 'refuse');
      if (word === 'invalid') this.#notes.invalid(assignment);
      if (word === 'invalid' || word === undefined) return words;
      const text = this.#expand(word.text, assignment);
      if (text !== undefined) words.push(text);
      at = word.next;
    }
  }

  #expand(text: string, assignment: Assignment): string | undefined {
    try {
      return expandSpecifiers(text, this.#specifiers);
    } catch (error) {
      if (error instanceof UnknownSpecifier) {
        this.#notes.invalid(assignment);
        return undefined;
      }
      throw new UsageError(error instanceof Error ? error.message : String(error));
    }
  }

  #readFile(assignment: Assignment): void {
    const { value } = assignment;
    const mayLack = value.startsWith('-');
    const pattern = this.#expand(mayLack ? value.slice(1) : value, assignment);
    if (value === '') this.#files = [];
    else if (pattern === undefined) return;
    else if (isAbsolute(pattern)) this.#files.push({ pattern, mayLack });
    else this.#notes.invalid(assignment);
  }

  #readFolder(assignment: Assignment): void {
    const { value } = assignment;
    const mayLack = value.startsWith('-');
    const path = mayLack ? value.slice(1) : value;
    const expanded = path === '~' ? homedir() : this.#expand(path, assignment);
    if (value === '') this.#folder = undefined;
    else if (expanded === undefined) return;
    else if (isAbsolute(expanded)) this.#folder = { path: expanded, mayLack };
    else this.#notes.invalid(assignment);
  }
}

function readEnvironment(path: string, mayLack: boolean): Record<string, string> {
  try {
    return Object.fromEntries(parseEnvironmentFile(readRegularFile(path, FILE_BYTES_MAX).toString('utf8')));
  } catch (error) {
    if (mayLack) return {};
    throw new UsageError(`EnvironmentFile=: ${error instanceof Error ? error.message : String(error)}`);
  }
}
