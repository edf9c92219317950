import { expect, test } from 'vitest';
import { effectiveAccess, mayNotify } from '../../src/manager/access.ts';

// The table in systemd.service(5), NotifyAccess=
test.each([
  ['none', []],
  ['main', ['main']],
  ['exec', ['main', 'control']],
  ['all', ['main', 'control', 'other']],
] as const)('NotifyAccess=%s', (access, roles) => {
  const all = ['main', 'control', 'other', 'stranger'] as const;
  expect(all.filter((role) => mayNotify(access, role))).toEqual(roles);
});

const SIMPLE = { notifyAccess: undefined, type: 'simple', watchdog: 0, fdStore: 0 } as const;

test.each([
  [SIMPLE, 'none'],
  [{ ...SIMPLE, type: 'notify' }, 'main'],
  [{ ...SIMPLE, type: 'notify-reload' }, 'main'],
  [{ ...SIMPLE, watchdog: 1 }, 'main'],
  [{ ...SIMPLE, fdStore: 1 }, 'main'],
  [{ ...SIMPLE, notifyAccess: 'none', type: 'notify' }, 'main'],
  [{ ...SIMPLE, notifyAccess: 'all' }, 'all'],
] as const)('%j listens to %s', (grounds, access) => expect(effectiveAccess(grounds)).toBe(access));
