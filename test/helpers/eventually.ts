import { vi } from 'vitest';

/** Repeats an assertion until it holds. The limit only ends a test that hangs: vitest's own of a second needs a quiet machine. */
export async function eventually(assertion: () => void | Promise<void>): Promise<void> {
  await vi.waitFor(assertion, { timeout: 60_000 });
}
