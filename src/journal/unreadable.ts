// Reading what may throw: getters, proxies, toString of a stranger. A log call never throws.

/** What stands for a value that cannot be read, with the reason where that one can be read. */
export function unreadable(reason: unknown): string {
  const message = attempt(() => (reason as { message?: unknown }).message);
  return typeof message === 'string' && message !== '' ? `[unreadable: ${message}]` : '[unreadable]';
}

/** The result, or undefined where `work` throws. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
