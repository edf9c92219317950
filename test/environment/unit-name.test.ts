// The unit that systemd runs a process in, from the forms that /proc/PID/cgroup has.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { serviceOfCgroup, unitName } from '../../src/environment/unit-name.ts';

test.each([
  ['a service', '0::/system.slice/web.service\n', 'web.service'],
  ['a template’s instance in its own slice', '0::/system.slice/system-app.slice/app@1.service\n', 'app@1.service'],
  ['nested slices', '0::/shop.slice/shop-web.slice/web.service\n', 'web.service'],
  ['a group below the service (Delegate=, DelegateSubgroup=)', '0::/system.slice/web.service/workers\n', 'web.service'],
  ['an escaped instance', String.raw`0::/system.slice/app@a\x2db.service`, String.raw`app@a\x2db.service`],
  [
    'both versions, of which systemd uses the second',
    '9:name=systemd:/\n0::/system.slice/web.service\n',
    'web.service',
  ],
  ['a name that the kernel would take for its own', '0::/system.slice/_cgroup.service\n', 'cgroup.service'],
  ['a unit of a user', '0::/user.slice/user-1000.slice/user@1000.service/app.slice/notes.service\n', 'notes.service'],
  [
    'a template of a user',
    '0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-notes.slice/notes@2.service\n',
    'notes@2.service',
  ],
  ['the manager of a user itself', '0::/user.slice/user-1000.slice/user@1000.service\n', 'user@1000.service'],
  ['its own control group', '0::/user.slice/user-1000.slice/user@1000.service/init.scope\n', undefined],
  [
    'version 1, and both at once',
    '12:pids:/system.slice/no.service\n1:name=systemd:/system.slice/web.service\n0::/system.slice/web.service\n',
    'web.service',
  ],
  ['a session', '0::/user.slice/user-0.slice/session-1.scope\n', undefined],
  ['a container', '0::/\n', undefined],
  ['a container without a cgroup namespace', '0::/system.slice/docker-0123abcd.scope\n', undefined],
  ['a machine’s process', '0::/machine.slice/libpod-0123.scope/container\n', undefined],
  ['nothing', '', undefined],
  ['only a slice', '0::/system.slice\n', undefined],
  ['too long a name', `0::/system.slice/${'a'.repeat(300)}.service\n`, undefined],
  ['a name with characters that no unit has', '0::/system.slice/we b.service\n', undefined],
])('%s', (_, text, unit) => {
  expect(serviceOfCgroup(text)).toBe(unit);
});

test('any text is read without an error', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const unit = serviceOfCgroup(`0::/${text}`);
      expect(unit === undefined || /^[^/\n]+\.service$/.test(unit)).toBe(true);
    }),
  );
});

test('where the cgroup has no name, that of the credentials’ folder is the unit’s', () => {
  const own = unitName({});
  expect(unitName({ CREDENTIALS_DIRECTORY: '/run/credentials/web.service' })).toBe(own ?? 'web.service');
  expect(unitName({ CREDENTIALS_DIRECTORY: '/run/secrets' })).toBe(own);
});
