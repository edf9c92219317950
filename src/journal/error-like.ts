// Turns errors that another logger has serialized back into errors: the journal then gets the same fields as for a real
// error. Pure.

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

/** Does not use `new`, which would record the stack of this function. */
export function errorOf(parts: ErrorParts): Error {
  return Object.create(Error.prototype, Object.getOwnPropertyDescriptors(parts)) as Error; // by its prototype it is one
}

/** How a stack starts: `Name: message` or `Name [CODE]: message`. */
const START = /^([\w$.]{1,256})(?: \[[^\]\n]{0,256}\])?(?:: |$)/;
/** The start of a frame. Excludes newlines: searching a run of newlines from each one would take quadratic time. */
const FRAME = /\n[^\S\n]+at /;

/** The start of the first frame of a stack; -1 without a frame. */
export function framesStart(stack: string): number {
  return stack.search(FRAME);
}

/** The name and message in the first lines of a stack. */
export function headingOf(stack: string): { readonly name: string; readonly message: string } {
  const frames = framesStart(stack);
  const heading = frames < 0 ? stack : stack.slice(0, frames);
  const match = START.exec(heading);
  return match === null
    ? { name: 'Error', message: '' }
    : { name: match[1] ?? 'Error', message: heading.slice(match[0].length) };
}
