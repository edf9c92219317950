// Reads values that may throw: getters, proxies, foreign toString methods. A log call never throws.

/** The placeholder for a value that cannot be read, with the reason if that is readable. */
export function unreadable(reason: unknown): string {
  const message = attempt(() => (reason as { message?: unknown }).message);
  return typeof message === 'string' && message !== '' ? `[unreadable: ${message}]` : '[unreadable]';
}

/** The result of `read`, or undefined if it throws. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
