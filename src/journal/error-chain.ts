// Errors as text: an error with the whole chain of its causes. Pure.
import type { Budget } from './budget.ts';
import { CHAIN_MAX, type ErrorFacts, heading, isError, readError } from './error-facts.ts';
import { safeJson } from './safe-json.ts';

/** Steps of the entry's budget that one error costs, besides its text. */
const ERROR_STEPS = 20;
/** Only the start of a longer message is searched in the stack: a full search may take the product of both lengths. */
const NEEDLE_MAX = 64;

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
