// Errors as text: what one is, and the whole chain of what caused it.
import { types } from 'node:util';
import { safeJson } from './safe-json.ts';
import { attempt } from './unreadable.ts';

/** How many errors of a chain are written: it may be a circle, or made by somebody who wants to fill the disk. */
const CHAIN_MAX = 64;

/** Those of the language: what a subclass has that sets none. */
const INHERITED_NAMES = new Set([
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
]);

/** What an error tells, each part read once, since each may be a getter that throws. */
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

/** Errors of this realm and of others (`vm`, a test runner), DOMException and look-alikes of the prototype chain. */
export function isError(value: object): boolean {
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    return false; // a proxy that will not say
  }
}

/** Never throws. */
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

/** A subclass seldom sets a name, and inherits that of what it extends: its class tells more. */
function nameOf(error: object, name = ''): string {
  if (!INHERITED_NAMES.has(name) || attempt(() => Object.hasOwn(error, 'name')) !== false) return name || 'Error';
  return attempt(() => text((error.constructor as { name?: unknown }).name)) || name;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** `Name: message`, as Node heads a stack. */
export function heading(facts: ErrorFacts): string {
  return facts.message === '' ? facts.name : `${facts.name}: ${facts.message}`;
}

/** The stack, headed by what the error says now: it was taken when the error was made, and a message may be changed. */
function ownStack(facts: ErrorFacts): string {
  if (facts.stack === undefined || facts.stack === '') return heading(facts);
  return facts.stack.includes(facts.message) ? facts.stack : `${heading(facts)}\n${facts.stack}`;
}

/** The stacks of an error, of the errors it stands for, and of everything that caused it. */
export function chainText(error: object, facts: ErrorFacts): string {
  const seen = new Set<object>([error]);
  return ownStack(facts) + causes(facts, seen);
}

function causes(facts: ErrorFacts, seen: Set<object>): string {
  const parts = facts.errors.map((one, index) => `\nError ${index + 1} of ${facts.errors.length}: ${part(one, seen)}`);
  if (facts.cause !== undefined && facts.cause !== null) parts.push(`\nCaused by: ${part(facts.cause, seen)}`);
  return parts.join('');
}

function part(value: unknown, seen: Set<object>): string {
  if (typeof value !== 'object' || value === null || !isError(value)) {
    return typeof value === 'string' ? value : safeJson(value);
  }
  const facts = readError(value);
  if (seen.has(value)) return `${heading(facts)} [circular]`;
  if (seen.size >= CHAIN_MAX) return `${heading(facts)} […]`;
  seen.add(value);
  return ownStack(facts) + causes(facts, seen);
}
