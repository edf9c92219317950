import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need the sanitized build: npm run test:sanitize.
    exclude: ['test/sanitize/**'],
    // Signals, descriptors and environment are per process: a file has one of its own.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
  },
});
