// Errors as text: one error, and the whole chain of its causes.
import { types } from 'node:util';
import type { Budget } from './budget.ts';
import { safeJson } from './safe-json.ts';
import { attempt } from './unreadable.ts';

/** Limit for the errors of a chain: it may be circular, or built to fill the disk. */
const CHAIN_MAX = 64;
/** Steps of the entry's budget that one error costs, besides its text. */
const ERROR_STEPS = 20;
/** Only the start of a longer message is searched in the stack: a full search may take the product of both lengths. */
const NEEDLE_MAX = 64;

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

/**
 * The stack with the current name and message: Node records the stack at creation, and the message may change later.
 */
function ownStack(facts: ErrorFacts): string {
  if (facts.stack === undefined || facts.stack === '') return heading(facts);
  return messageEnd(facts.stack, facts.message) >= 0 ? facts.stack : `${heading(facts)}\n${facts.stack}`;
}

/** The end of the message in a stack; -1 if the stack does not contain it. */
export function messageEnd(stack: string, message: string): number {
  const at = stack.indexOf(message.slice(0, NEEDLE_MAX));
  return at >= 0 && stack.startsWith(message, at) ? at + message.length : -1;
}

/** The stacks of an error, of its aggregated errors, and of all causes. */
export function chainText(error: object, facts: ErrorFacts, budget: Budget): string {
  const chain = { seen: new Set<object>([error]), budget };
  return budget.text(ownStack(facts)) + causes(facts, chain);
}

interface Chain {
  readonly seen: Set<object>;
  readonly budget: Budget;
}

function causes(facts: ErrorFacts, chain: Chain): string {
  const parts = facts.errors.map((one, index) => `\nError ${index + 1} of ${facts.errors.length}: ${part(one, chain)}`);
  if (facts.cause !== undefined && facts.cause !== null) parts.push(`\nCaused by: ${part(facts.cause, chain)}`);
  return parts.join('');
}

function part(value: unknown, chain: Chain): string {
  const { seen, budget } = chain;
  if (typeof value === 'string') return budget.text(value);
  if (typeof value !== 'object' || value === null || !isError(value)) return safeJson(value, budget);
  if (!budget.spend(ERROR_STEPS)) return '[…]';
  const facts = readError(value);
  if (seen.has(value)) return `${budget.text(heading(facts))} [circular]`;
  if (seen.size >= CHAIN_MAX) return `${budget.text(heading(facts))} […]`;
  seen.add(value);
  return budget.text(ownStack(facts)) + causes(facts, chain);
}
