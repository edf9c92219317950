// The parts of an error, read so that no getter or proxy can throw. Pure.
import { types } from 'node:util';
import { attempt } from './unreadable.ts';

/** Limit for the errors of a chain: it may be circular, or built to fill the disk. */
export const CHAIN_MAX = 64;

/** The names of built-in errors, which a subclass inherits unless it sets a name. */
const INHERITED_NAMES = new Set([
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
]);

/** The parts of an error. Each is read once, because it may be a getter that throws. */
export interface ErrorFacts {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | number | undefined;
  readonly errno: number | undefined;
  readonly syscall: string | undefined;
  readonly cause: unknown;
  readonly errors: readonly unknown[];
}

/** Errors of this realm and others (`vm`, a test runner), DOMException, and objects that inherit from an error. */
export function isError(value: object): boolean {
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    return false; // a proxy that throws
  }
}

/** Reads an error. Never throws. */
export function readError(error: object): ErrorFacts {
  const read = (key: string): unknown => attempt(() => (error as Record<string, unknown>)[key]);
  const code = read('code');
  const errno = read('errno');
  const errors = read('errors');
  return {
    name: nameOf(error, text(read('name'))),
    message: text(read('message')) ?? '',
    stack: text(read('stack')),
    code: typeof code === 'number' ? code : text(code),
    errno: typeof errno === 'number' && Number.isInteger(errno) ? errno : undefined,
    syscall: text(read('syscall')),
    cause: read('cause'),
    errors: attempt(() => (Array.isArray(errors) ? errors.slice(0, CHAIN_MAX) : [])) ?? [],
  };
}

/** A subclass rarely sets a name and inherits its parent's: its class name is more specific. */
function nameOf(error: object, name = ''): string {
  if (!INHERITED_NAMES.has(name) || attempt(() => Object.hasOwn(error, 'name')) !== false) return name || 'Error';
  return attempt(() => text((error.constructor as { name?: unknown }).name)) || name;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** `Name: message`, like the first line of a stack in Node. */
export function heading(facts: ErrorFacts): string {
  return facts.message === '' ? facts.name : `${facts.name}: ${facts.message}`;
}
