// The names of the kernel's errors, and two of their numbers. Pure.

/** What a send returns. As numbers, because loading `node:os` makes the start of a program longer. errno(3) */
export const EAGAIN: number = 11;
export const ETIMEDOUT: number = 110;

let names: Map<number, string> | undefined;

/** The name of a positive errno. */
export function errnoName(errno: number): string {
  return errnoNames().get(errno) ?? `E${errno}`;
}

/** Every errno of the kernel, with its name. */
export function errnoNames(): ReadonlyMap<number, string> {
  names ??= invertErrno();
  return names;
}

function invertErrno(): Map<number, string> {
  const { constants } = process.getBuiltinModule('node:os');
  // If a number has two names, the first is Node's: EAGAIN, not EWOULDBLOCK.
  const entries = Object.entries(constants.errno).reverse();
  // Node's table lacks the errors of passing descriptors and of vsock.
  return new Map([
    [109, 'ETOOMANYREFS'],
    [94, 'ESOCKTNOSUPPORT'],
    ...entries.map(([name, errno]) => [errno, name] as const),
  ]);
}
