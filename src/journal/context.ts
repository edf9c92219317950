// The fields of log.run(): every entry logged inside the run gets them, through any logger. All copies of the package
// in the process share one context. Until the first run, lookups cost nothing.
import type { AsyncLocalStorage } from 'node:async_hooks';
import { processWide } from '../process-mark.ts';
import { writeFields } from './field-value.ts';
import type { FieldWriter } from './field-writer.ts';
import { type Field, FieldList } from './plain-text.ts';
import { makePrefix, type Prefix } from './prefix.ts';

export interface Context {
  readonly fields: readonly Field[];
  /** The same for a short entry; undefined if the fields are more than short text. */
  readonly prefix: Prefix | undefined;
}

const shared = processWide('journal-context@1', (): { storage?: AsyncLocalStorage<Context> } => ({}));

/** Limits that leave room in a short entry for the bound fields and the fields of the call. */
const PREFIX_FIELDS_MAX = 8;
const PREFIX_LENGTH_MAX = 512;

/** Undefined outside of any run. */
export function currentContext(): Context | undefined {
  return shared.storage === undefined ? undefined : shared.storage.getStore();
}

/** Runs the work with these fields, and those of the enclosing run. */
export function runInContext<T>(fields: unknown, work: () => T): T {
  shared.storage ??= makeStorage();
  const { storage } = shared;
  return storage.run(makeContext(storage.getStore(), fields), work);
}

function makeStorage(): AsyncLocalStorage<Context> {
  const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks');
  return new AsyncLocalStorage();
}

/** If both runs have a field of the same name, the inner run's value wins. */
function makeContext(outer: Context | undefined, given: unknown): Context {
  const own = new FieldList();
  writeFields(own, given);
  const names = new Set(own.fields.map(([name]) => name));
  const fields = [...(outer?.fields ?? []).filter(([name]) => !names.has(name)), ...own.fields];
  return { fields, prefix: prefixOf(fields) };
}

function prefixOf(fields: readonly Field[]): Prefix | undefined {
  if (fields.length > PREFIX_FIELDS_MAX) return undefined;
  let text = '';
  for (const [name, value] of fields) {
    if (typeof value !== 'string' || value.includes('\n')) return undefined;
    text += `\n${name}=${value}`;
  }
  return text.length > PREFIX_LENGTH_MAX ? undefined : makePrefix(text);
}

export function writeContext(writer: FieldWriter, { fields }: Context): void {
  for (const [name, value] of fields) {
    if (typeof value === 'string') writer.text(name, value);
    else writer.bytes(name, value);
  }
}
