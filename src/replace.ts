// Replaces a function so that programs notice as little as possible.

/**
 * Returns a function that restores the original, unless it was replaced again since. Leaves frozen objects unchanged.
 */
export function replace<F extends (this: never, ...args: never[]) => unknown>(
  holder: object,
  name: string,
  make: (original: F) => F,
): () => void {
  const before = Object.getOwnPropertyDescriptor(holder, name);
  const original: unknown = Reflect.get(holder, name);
  if (typeof original !== 'function') return () => undefined;
  const made = make(original as F); // the caller names the type
  // Copies the name, the length, and the properties that util.promisify() uses.
  for (const key of Reflect.ownKeys(original)) {
    const descriptor = key === 'prototype' ? undefined : Object.getOwnPropertyDescriptor(original, key);
    if (descriptor !== undefined) Object.defineProperty(made, key, descriptor);
  }
  const enumerable = before?.enumerable ?? false;
  const done = Reflect.defineProperty(holder, name, { value: made, writable: true, configurable: true, enumerable });
  if (!done) return () => undefined;
  return () => {
    if (Reflect.get(holder, name) !== made) return;
    if (before === undefined) Reflect.deleteProperty(holder, name);
    else Reflect.defineProperty(holder, name, before);
  };
}
