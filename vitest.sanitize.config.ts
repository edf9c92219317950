import { mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

// What exercises the addon, on the sanitized build: started by scripts/test-sanitize.sh.
export default mergeConfig(
  { ...base, test: { ...base.test, projects: undefined, include: [], exclude: [] } },
  {
    test: {
      // Those that call the addon most. A program that they start takes four times as long as without sanitizers.
      include: [
        'test/native.test.ts',
        'test/{notify,sanitize}/**/*.test.ts',
        'test/sockets/{bind,fd-store,kind}.test.ts',
        'test/journal/{burst,exhausted}.test.ts',
      ],
      setupFiles: ['test/sanitize/sanitized-only.ts'],
      testTimeout: 240_000,
    },
  },
);
