// A service in a container of podman, below a real systemd. The container's files are the machine's own, so that no image is
// needed: --rootfs.
import { spawnSync } from 'node:child_process';
import { beforeAll, expect, type TestContext, test } from 'vitest';
import { describeWith } from '../left-out.ts';
import { describeOnSystemd } from './on-systemd.ts';
import { copyPackage, PACKAGE } from './service.ts';
import { SHOP } from './shop-program.ts';

const lack =
  spawnSync('podman', ['--version']).status === 0
    ? undefined
    : { reason: 'podman is not installed', command: 'apt-get install podman crun' };

// The storage is where an overlay can be made. The limits and --privileged: the machine may have no cgroup controllers, and
// root in it not all privileges.
const PODMAN = 'podman --root /run/pod/root --runroot /run/pod/run --storage-driver vfs --cgroup-manager cgroupfs';
const LIMITS =
  '--privileged --pids-limit -1 --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --ulimit memlock=65536:65536';
const RUN = `${PODMAN} run --rm --network host ${LIMITS} -v ${process.execPath}:${process.execPath}:ro`;
const JOURNAL = '/run/systemd/journal/socket';

const SERVICE = `[Service]
Type=notify
NotifyAccess=all
KillMode=mixed
Delegate=yes
ExecStart=${RUN} --name shop --cgroups split --sdnotify container -e WATCHDOG_USEC -v ${JOURNAL}:${JOURNAL} --rootfs /:O ${process.execPath} /srv/shop.mjs
WatchdogSec=10
TimeoutStartSec=infinity
`;
const SOCKET = '[Socket]\nListenStream=127.0.0.1:8080\nFileDescriptorName=web\n';
const ALONE = `import { ready } from '${PACKAGE}/dist/index.js'; console.log('told: ' + (await ready()));`;

describeWith(lack, 'podman', () => {
  describeOnSystemd(['host'], 'a service in a container of podman', (machine) => {
    let fault = '';

    beforeAll(async () => {
      await copyPackage(machine());
      await machine().write('/srv/shop.mjs', SHOP);
      await machine().write('/srv/alone.mjs', ALONE);
      await machine().install({ 'shop.service': SERVICE, 'shop.socket': SOCKET });
      const probe = `mkdir -p /run/pod && ${RUN} --rootfs /:O /bin/true`;
      const { code, stderr } = await machine().exec('sh', ['-c', probe]);
      if (code !== 0) fault = `podman cannot run a container here: ${stderr.trim()}`;
    });

    const ask = async (): Promise<string> =>
      (await machine().exec('curl', ['-s', '--max-time', '60', 'http://127.0.0.1:8080/'], { check: true })).stdout;

    test('is started by its socket, says READY, sends pings, logs, restarts and stops', async ({
      skip,
    }: TestContext) => {
      if (fault !== '') skip(fault);
      await machine().start('shop.socket');
      expect(await ask()).toBe('activated: true');
      await machine().waitForProperty('shop.service', 'ActiveState', 'active');
      const ping = await machine().show('shop.service', 'WatchdogTimestampMonotonic');
      await machine().waitForProperty('shop.service', 'WatchdogTimestampMonotonic', new RegExp(`^(?!0$|${ping}$)`));
      await machine().systemctl('restart', 'shop.service');
      expect(await ask()).toBe('activated: true');
      await machine().systemctl('stop', 'shop.socket', 'shop.service');
      expect(await machine().show('shop.service', 'Result')).toBe('success');
      const entries = await machine().journal('_SYSTEMD_UNIT=shop.service', 'SYSLOG_IDENTIFIER=shop');
      expect(entries.map(({ MESSAGE, WATCHDOG_USEC }) => WATCHDOG_USEC ?? MESSAGE)).toEqual([
        '10000000',
        'has drained',
        '10000000',
        'has drained',
      ]);
    });

    test('without systemd, every call does nothing', async ({ skip }: TestContext) => {
      if (fault !== '') skip(fault);
      const command = `${RUN} --sdnotify ignore --rootfs /:O ${process.execPath} /srv/alone.mjs`;
      expect((await machine().exec('sh', ['-c', command], { check: true })).stdout).toBe('told: false\n');
    });
  });
});
