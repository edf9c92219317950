import { expect, test } from 'vitest';
import { formatEvent } from '../../src/manager/timeline.ts';

test('one line an event, whatever a service says', () => {
  expect(formatEvent({ at: 52.4, source: 'service', text: 'READY=1' })).toBe('   +0.052 s  service  READY=1');
  expect(formatEvent({ at: 61_000, source: 'stderr', text: 'a\t\u001b[2J\nb' })).toBe(
    '  +61.000 s  stderr   a\t\ufffd[2J\ufffdb',
  );
});
