import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// A file that says OWN PROCESS, or that counts what is open in its process, has one of its own. All others share a few
// processes, because a new one takes half a second of a processor: test/shared-process.ts fails a file that leaves the
// process changed. The tests on a real systemd have machines that end with their process.
const OWN_PROCESS = /^\/\/ OWN PROCESS: |\bopenDescriptors\b|\bmemoryUsage\b|\bdescribeOnSystemd\b/m;
// These need the sanitized build, and programs from npm: npm run test:sanitize, npm run test:programs.
const ELSEWHERE = ['test/sanitize/**', 'test/programs/**', '**/node_modules/**'];

const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts') && !path.includes('node_modules'))
  .map((path) => `test/${path}`);
// Without root no test on systemd can run: these files only say so.
const leftOut = (path: string) => process.getuid?.() !== 0 && path.startsWith('test/systemd/');
const sharing = files.filter((path) => leftOut(path) || !OWN_PROCESS.test(readFileSync(path, 'utf8')));

export default defineConfig({
  test: {
    reporters: ['default', './test/left-out-reporter.ts'],
    pool: 'forks',
    // Three at a time keep two processors busy; more of them only wait for a processor.
    maxWorkers: 3,
    // These only end a test that hangs. A test waits for events, however slow the machine is.
    testTimeout: 300_000,
    // On a machine that is busy with other things, too, a real systemd now and then takes longer than a test expects. Such a
    // test is tried once more, and the last lines of the run name it; CI counts them: see .ci/count.js.
    retry: 1,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 60_000 } },
    teardownTimeout: 10_000,
    projects: [
      {
        extends: true,
        test: { name: 'own', include: ['test/**/*.test.ts'], exclude: [...sharing, ...ELSEWHERE] },
      },
      {
        extends: true,
        test: {
          name: 'shared',
          isolate: false,
          include: sharing,
          exclude: ELSEWHERE,
          setupFiles: './test/shared-process.ts',
        },
      },
    ],
  },
});
