import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need the sanitized build: npm run test:sanitize.
    exclude: ['test/sanitize/**'],
    // Signals, descriptors and environment are per process: a file has one of its own.
    pool: 'forks',
    // Most of them wait for a service manager: two at a time also where there are two processors, which would mean one.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
  },
});
