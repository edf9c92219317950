import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/programs/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    reporters: ['default', './test/left-out-reporter.ts'],
    pool: 'forks',
    // Programs that run side by side: half of their time is waiting for the watchdog.
    maxConcurrency: 5,
    // These only end a test that hangs.
    testTimeout: 600_000,
    hookTimeout: 120_000,
    retry: process.env.CI === 'true' ? 1 : 0,
  },
});
