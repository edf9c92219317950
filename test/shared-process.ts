// Runs before each test file that shares its process with other files: see vitest.config.ts. It fails a file that leaves
// the process changed, because a later file would fail in its place.
import { afterAll, expect, vi } from 'vitest';

// As in a process of its own, a file gets new copies of all modules, and so registers the hooks of its helpers.
vi.resetModules();

/** A listener of 'exit' may stay: it runs when no test runs any more. */
function listeners(): Record<string, number> {
  const names = process.eventNames().filter((name) => name !== 'exit');
  return Object.fromEntries(names.map((name) => [String(name), process.listenerCount(name)]));
}

function state(): object {
  const { argv, title, exitCode } = process;
  return {
    env: { ...process.env },
    folder: process.cwd(),
    umask: process.umask(),
    argv: [...argv],
    title,
    exitCode,
    listeners: listeners(),
  };
}

const before = state();

afterAll(() => {
  expect(state(), 'the file leaves its process changed: change that back, or write OWN PROCESS and the reason').toEqual(
    before,
  );
});
