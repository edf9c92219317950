import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need the sanitized build, and programs from npm: npm run test:sanitize, npm run test:programs.
    exclude: ['test/sanitize/**', 'test/programs/**', '**/node_modules/**'],
    reporters: ['default', './test/left-out-reporter.ts'],
    // Signals, descriptors and environment are per process: a file has one of its own.
    pool: 'forks',
    // Most of them wait for a service manager: three at a time also where there are two processors, which would mean one.
    maxWorkers: 3,
    // These only end a test that hangs. A test waits for events, however slow the machine is.
    testTimeout: 120_000,
    // On a machine that is busy with other things, too, a real systemd now and then takes longer than a test expects. CI tries
    // such a test once more, and prints its name: see .ci/count.js.
    retry: process.env.CI === 'true' ? 1 : 0,
    hookTimeout: 240_000,
    teardownTimeout: 10_000,
  },
});
