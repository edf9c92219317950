// An error of the user, not of the program: reported in one line, without a stack.
import { quote } from '../../errors.ts';

export class UsageError extends Error {}

export function unfit(what: string, value: string, why: string): UsageError {
  return new UsageError(`${what} ${quote(value)}: ${why}`);
}
