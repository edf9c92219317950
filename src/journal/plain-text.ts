// Entries as text, for use without a journal: lines for people, and lines of JSON for programs. No value can forge a
// line. Pure.
import { Budget } from './budget.ts';
import { type FieldWriter, NOTE, OVER_BUDGET } from './field-writer.ts';
import { LEVELS } from './levels.ts';
import { byteLength, firstOf, toBytes } from './value-bytes.ts';

export type Field = readonly [name: string, value: string | Uint8Array];

/** Limit for the characters of an entry: readers of lines have limits, and encoding takes time. */
const ROOM = 1024 * 1024;
/** The JSON for one byte: up to `255,`. */
const CHARACTERS_OF_BYTE = 4;

/** Collects the fields, as far as they fit into lines. */
export class FieldList implements FieldWriter {
  readonly budget: Budget = new Budget();
  readonly #fields: Field[];
  #room = ROOM;

  constructor(start?: FieldList) {
    this.#fields = start === undefined ? [] : start.#fields.slice();
  }

  text(name: string, value: string): void {
    this.#fields.push([name, name === NOTE ? value : firstOf(value, this.#take(value.length))]);
  }

  bytes(name: string, value: Uint8Array): void {
    const size = Math.floor(this.#take(byteLength(value) * CHARACTERS_OF_BYTE) / CHARACTERS_OF_BYTE);
    this.#fields.push([name, toBytes(firstOf(value, size))]);
  }

  #take(wanted: number): number {
    const taken = Math.min(wanted, this.#room);
    this.#room -= taken;
    if (taken < wanted) this.budget.exhaust();
    return taken;
  }

  get fields(): readonly Field[] {
    return this.finish().#fields;
  }

  /** Adds a note if something was left out. */
  finish(): this {
    if (this.budget.needsNote) this.#fields.push([NOTE, OVER_BUDGET]);
    this.budget.told();
    return this;
  }
}

export type Format = (priority: number, fields: readonly Field[]) => string;

const INDENT = '    ';
/** Fields without interest on a terminal, and fields that the stack already contains. */
const HIDDEN = new Set(['PRIORITY', 'SYSLOG_IDENTIFIER', 'SYSLOG_FACILITY', 'TID']);
const IN_STACK = new Set(['ERROR_NAME', 'CODE_FILE', 'CODE_LINE', 'CODE_FUNC']);
const BYTES_SHOWN = 32;
const NAME_WIDTH = Math.max(...LEVELS.map((level) => level.length));
/** Red for errors, yellow for warnings, no colour for normal entries, dim for debug. */
const COLORS = ['1;31', '1;31', '1;31', '31', '33', '1', '', '2'];

/** One line per entry: time, level, message, fields. Values with several lines follow below, indented. */
export function textFormat(colors: boolean): Format {
  return (priority, fields) => {
    const [first = '', ...rest] = lines(fields);
    const name = (LEVELS[priority] ?? '').toUpperCase().padEnd(NAME_WIDTH);
    const color = colors ? COLORS[priority] : undefined;
    const level = color ? `\u001b[${color}m${name}\u001b[0m` : name;
    return join([`${new Date().toISOString()} ${level} ${first}`, ...rest]);
  };
}

/** Without time and level, which journald adds. */
export function plainFormat(_priority: number, fields: readonly Field[]): string {
  return join(lines(fields));
}

/** One JSON object per line: `time`, `level` and `message`, then the fields by their journal names. */
export function jsonFormat(priority: number, fields: readonly Field[]): string {
  const [message, rest] = splitMessage(fields);
  const object = new Map<string, unknown>([
    ['time', new Date().toISOString()],
    ['level', LEVELS[priority]],
    ['message', message],
  ]);
  for (const [name, value] of rest) {
    if (name === 'PRIORITY') continue;
    const item = typeof value === 'string' ? value : [...value];
    const before = object.get(name);
    object.set(
      name,
      before === undefined ? item : before instanceof Several ? before.add(item) : new Several(before, item),
    );
  }
  // Without a prototype, because a program may have added a toJSON to Object.prototype.
  return `${escapeInJson(JSON.stringify(Object.setPrototypeOf(Object.fromEntries(object), null)))}\n`;
}

/** Escapes the controls that JSON allows but a terminal would execute: DEL and the controls of ISO 6429. */
function escapeInJson(json: string): string {
  return json.replace(/[\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** The values of a repeated field: an array, like in journalctl's output. */
class Several {
  readonly items: unknown[];

  constructor(...items: unknown[]) {
    this.items = items;
  }

  add(item: unknown): this {
    this.items.push(item);
    return this;
  }

  toJSON(): unknown[] {
    return this.items;
  }
}

function splitMessage(fields: readonly Field[]): [message: string, rest: readonly Field[]] {
  const index = fields.findIndex(([name]) => name === 'MESSAGE');
  const value = fields[index]?.[1] ?? '';
  return [typeof value === 'string' ? value : show(value), fields.filter((_, at) => at !== index)];
}

function join(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}

function lines(fields: readonly Field[]): string[] {
  const [message, rest] = splitMessage(fields);
  const hasStack = rest.some(([name]) => name === 'ERROR_STACK');
  const [head = '', ...below] = escapeControls(message).split('\n');
  const words = [head];
  for (const [name, value] of rest) {
    if (HIDDEN.has(name) || (hasStack && IN_STACK.has(name))) continue;
    if (typeof value !== 'string') words.push(`${name}=${show(value)}`);
    else if (name === 'ERROR_STACK') below.push(...escapeControls(value).split('\n'));
    else if (value.includes('\n'))
      below.push(
        `${name}:`,
        ...escapeControls(value)
          .split('\n')
          .map((line) => `  ${line}`),
      );
    else words.push(`${name}=${quoted(value)}`);
  }
  return [words.join(' '), ...below.map((line) => INDENT + line)];
}

function quoted(value: string): string {
  return /^[^\s"=\\]+$/.test(value) ? escapeControls(value) : escapeControls(JSON.stringify(value));
}

function show(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.subarray(0, BYTES_SHOWN)).toString('hex');
  return `<${bytes.length} bytes: ${hex}${bytes.length > BYTES_SHOWN ? '…' : ''}>`;
}

/** Shows all controls except newline and tab: a terminal would execute them. */
function escapeControls(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}
