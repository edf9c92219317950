// The container's unit files of docs/service.md, with podman of Debian 13, its Quadlet and a real image.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, type TestContext, test } from 'vitest';
import { describeWith, type Lack } from '../left-out.ts';
import type { Machine } from '../systemd/machine.ts';
import { describeOnSystemd } from '../systemd/on-systemd.ts';
import { copyPackage, PACKAGE } from '../systemd/service.ts';
import { SHOP } from '../systemd/shop-program.ts';
import { probe } from '../systemd/target.ts';
import { unitsOf } from './blocks.ts';

const lack = lackOfPodman();

/** What a tree that can boot lacks; describeOnSystemd says why one cannot. */
function lackOfPodman(): Lack | undefined {
  const ground = probe('trixie');
  if ('missing' in ground || existsSync(join(ground.tree, 'usr/bin/podman'))) return undefined;
  return { reason: 'the tree has no podman', command: 'test/systemd/trees.sh trixie' };
}

const QUADLET = '/usr/libexec/podman/quadlet';
/** The page's files. A ping every fifteen seconds would make the test slow. */
const files = Object.fromEntries(
  unitsOf('docs/service.md').map(({ name, content }) => [
    name,
    content.replace('WatchdogSec=30', 'WatchdogSec=10').replace('USEC=30000000', 'USEC=10000000'),
  ]),
);

// The storage is where an overlay cannot be made. The limits and the privileges: the machine may have no cgroup controllers,
// and root in it not all privileges. The network of the machine: a bridge needs the kernel's packet filter.
const STORAGE = '[storage]\ndriver = "vfs"\ngraphroot = "/run/pod/root"\nrunroot = "/run/pod/run"\n';
const CONTAINERS = `[containers]
netns = "host"
privileged = true
pids_limit = 0
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024", "memlock=65536:65536"]
[engine]
cgroup_manager = "cgroupfs"
`;
/** An image of this Node with its libraries, the package and the program. */
const IMAGE = `node=${process.execPath}
  tar --create --dereference --file=- /srv/shop.mjs ${PACKAGE} "$node" $(ldd "$node" | grep -o '/[^ ]*') |
    podman import --quiet --change "CMD [\\"$node\\", \\"/srv/shop.mjs\\"]" - localhost/shop &&
  podman run --rm localhost/shop "$node" --version`;
const ASK = "fetch('http://127.0.0.1:8080/').then((answer) => answer.text()).then(console.log)";

const ask = async (machine: Machine): Promise<string> =>
  (await machine.exec(process.execPath, ['-e', ASK], { check: true })).stdout;

/** Its socket starts it, its pings reach systemd, it restarts, and it stops. */
async function expectLife(machine: Machine, since: string): Promise<void> {
  await machine.start('shop.socket');
  expect(await ask(machine)).toBe('activated: true\n');
  await machine.waitForProperty('shop.service', 'ActiveState', 'active');
  await machine.waitForProperty('shop.service', 'StatusText', /^listens on .*:8080 \(web\)$/);
  const ping = await machine.show('shop.service', 'WatchdogTimestampMonotonic');
  await machine.waitForProperty('shop.service', 'WatchdogTimestampMonotonic', new RegExp(`^(?!0$|${ping}$)`));
  await machine.systemctl('restart', 'shop.service');
  expect(await ask(machine)).toBe('activated: true\n');
  await machine.systemctl('stop', 'shop.socket', 'shop.service');
  expect(await machine.show('shop.service', 'Result')).toBe('success');
  const entries = await machine.journal(`--after-cursor=${since}`, '_SYSTEMD_UNIT=shop.service', '_COMM=node');
  expect(entries.map(({ MESSAGE, WATCHDOG_USEC }) => WATCHDOG_USEC ?? MESSAGE)).toEqual([
    '10000000',
    'has drained',
    '10000000',
    'has drained',
  ]);
}

const cursorOf = async (machine: Machine): Promise<string> =>
  String((await machine.journal('--lines=1')).at(-1)?.__CURSOR);

describeWith(lack, 'docs/service.md', () => {
  describeOnSystemd(['trixie'], 'a service in a container of podman', (machine) => {
    let fault = '';

    beforeAll(async () => {
      await copyPackage(machine());
      await machine().write('/srv/shop.mjs', SHOP);
      await machine().write('/etc/containers/storage.conf', STORAGE);
      await machine().write('/etc/containers/containers.conf', CONTAINERS);
      const { code, stderr } = await machine().exec('sh', ['-c', IMAGE]);
      if (code !== 0) fault = `podman cannot run a container here: ${stderr.trim()}`;
      await machine().write('/etc/containers/systemd/shop.container', files['shop.container'] ?? '');
      await machine().install({ 'shop.socket': files['shop.socket'] ?? '' });
    });

    test('Quadlet accepts the file, and generates the unit that the page describes', async () => {
      const { stdout } = await machine().exec(QUADLET, ['-dryrun'], { check: true });
      const run = /^ExecStart=(\S+ run .*)$/m.exec(stdout)?.[1] ?? '';
      expect(stdout.split('\n')).toEqual(
        expect.arrayContaining([
          'Type=notify',
          'NotifyAccess=all',
          'KillMode=mixed',
          'Delegate=yes',
          'WatchdogSec=10',
          'Restart=on-failure',
        ]),
      );
      expect(stdout).toMatch(/^ExecStop=\S*podman rm .*-f/m);
      expect(run.split(' ')).toEqual(
        expect.arrayContaining(['--cgroups=split', '--sdnotify=container', 'WATCHDOG_USEC=10000000', 'localhost/shop']),
      );
    });

    test('Quadlet names the fault of a file that it does not accept', async () => {
      await machine().write('/srv/faulty/shop.container', '[Container]\nImage=localhost/shop\nNotified=true\n');
      const { stdout, stderr } = await machine().exec(QUADLET, ['-dryrun'], {
        env: { QUADLET_UNIT_DIRS: '/srv/faulty' },
      });
      expect(stdout + stderr).toContain("unsupported key 'Notified'");
    });

    test('systemd accepts the unit of Quadlet, which its socket starts, and which restarts and stops', async ({
      skip,
    }: TestContext) => {
      if (fault !== '') skip(fault);
      const since = await cursorOf(machine());
      // The machine starts no generator of its tree by itself.
      const generator = '/etc/systemd/system-generators/podman-system-generator';
      await machine().write(generator, `#!/bin/sh\nexec ${QUADLET} "$@"\n`, 0o755);
      await machine().systemctl('daemon-reload');
      const unit = await machine().show('shop.service', 'FragmentPath');
      expect(unit).toBe('/run/systemd/generator/shop.service');
      const verify = await machine().exec('systemd-analyze', ['verify', '--man=no', unit]);
      expect(verify.stdout + verify.stderr).toBe('');
      await expectLife(machine(), since);
      await machine().exec('rm', [generator]);
    });

    test('the unit that one writes by hand does the same', async ({ skip }: TestContext) => {
      if (fault !== '') skip(fault);
      const since = await cursorOf(machine());
      const unit = files['shop.service'] ?? '';
      await machine().install({ 'shop.service': unit });
      expect(await machine().show('shop.service', 'FragmentPath')).toBe('/run/systemd/system/shop.service');
      await expectLife(machine(), since);
    });
  });
});
