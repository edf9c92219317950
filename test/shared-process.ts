// Runs before each test file that shares its process with other files: see vitest.config.ts. It fails a file that leaves
// the process changed, because a later file would fail in its place.
import { afterAll, expect, vi } from 'vitest';

// As in a process of its own, a file gets new copies of all modules, and so registers the hooks of its helpers.
vi.resetModules();

function state(): ReadonlyMap<string, unknown> {
  // A listener of 'exit' may stay: it runs when no test runs any more.
  const events = process.eventNames().filter((name) => name !== 'exit');
  return new Map<string, unknown>([
    ...Object.entries(process.env).map(([name, value]) => [`$${name}`, value] as const),
    ...events.map((name) => [`listeners of ${String(name)}`, process.listenerCount(name)] as const),
    ['the working directory', process.cwd()],
    ['the umask', process.umask()],
    ['the title', process.title],
    ['the arguments', process.argv.join('\0')],
    ['the exit code', process.exitCode],
  ]);
}

const before = state();

afterAll(() => {
  const after = state();
  // The names alone: a value of the environment may be a secret.
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
  expect(
    changed,
    'the file leaves this changed: change it back, or begin the file with `// OWN PROCESS: ` and the reason',
  ).toEqual([]);
});
