// Errors as text: what one is, and the whole chain of what caused it.
import { types } from 'node:util';
import type { Budget } from './budget.ts';
import { safeJson } from './safe-json.ts';
import { attempt } from './unreadable.ts';

/** How many errors of a chain are written: it may be a circle, or made by somebody who wants to fill the disk. */
const CHAIN_MAX = 64;
/** What an error of a chain costs of the budget of its entry, beside its text. */
const ERROR_STEPS = 20;
/** A longer message is looked for in the stack by its beginning: to look for all of it may take the product of both. */
const NEEDLE_MAX = 64;

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
  return messageEnd(facts.stack, facts.message) >= 0 ? facts.stack : `${heading(facts)}\n${facts.stack}`;
}

/** Where the message ends in a stack; -1 where it is not in there. */
export function messageEnd(stack: string, message: string): number {
  const at = stack.indexOf(message.slice(0, NEEDLE_MAX));
  return at >= 0 && stack.startsWith(message, at) ? at + message.length : -1;
}

/** The stacks of an error, of the errors it stands for, and of everything that caused it. */
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
