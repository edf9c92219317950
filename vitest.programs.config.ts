import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/programs/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    pool: 'forks',
    hookTimeout: 120_000,
    retry: process.env.CI === 'true' ? 1 : 0,
  },
});
