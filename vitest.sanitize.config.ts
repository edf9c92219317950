import { mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

// What exercises the addon, on the sanitized build: started by scripts/test-sanitize.sh.
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: [] } },
  {
    test: {
      include: ['test/native.test.ts', 'test/{notify,sockets,journal,sanitize}/**/*.test.ts'],
      setupFiles: ['test/sanitize/sanitized-only.ts'],
      testTimeout: 60_000,
    },
  },
);
