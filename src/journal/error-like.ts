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

/** How a stack starts: `Name: message` or `Name [CODE]: message`. */
const START = /^([\w$.]{1,256})(?: \[[^\]\n]{0,256}\])?(?:: |$)/;
/** The beginning of a frame. A run of line breaks is none: looking for its end from each of them takes the square of it. */
const FRAME = /\n[^\S\n]+at /;

/** Where the first frame of a stack begins; -1 where it has none. */
export function framesStart(stack: string): number {
  return stack.search(FRAME);
}

/** What the first lines of a stack say of the error. */
export function headingOf(stack: string): { readonly name: string; readonly message: string } {
  const frames = framesStart(stack);
  const heading = frames < 0 ? stack : stack.slice(0, frames);
  const match = START.exec(heading);
  return match === null
    ? { name: 'Error', message: '' }
    : { name: match[1] ?? 'Error', message: heading.slice(match[0].length) };
}
