// Errors that a logger has turned into data, as errors again: the journal then has the same fields for them as for one
// that it was given itself.

export interface ErrorParts {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly syscall?: unknown;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[] | undefined;
}

/** Not made by `new`, which would take the stack of this place. */
export function errorOf(parts: ErrorParts): Error {
  return Object.create(Error.prototype, Object.getOwnPropertyDescriptors(parts)) as Error; // by its prototype it is one
}

/** How a stack starts: `Name: message` or `Name [CODE]: message`, up to the first frame. */
const HEADING = /^([\w$.]+)(?: \[[^\]\n]*\])?(?:: ([\s\S]*?))?(?=\n\s+at |$)/;

/** What the first lines of a stack say of the error. */
export function headingOf(stack: string): { readonly name: string; readonly message: string } {
  const match = HEADING.exec(stack);
  return { name: match?.[1] ?? 'Error', message: match?.[2] ?? '' };
}
