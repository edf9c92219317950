import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Lack } from '../left-out.ts';

/** Which systemd to boot: this machine's own, or the one in a tree made by trees.sh. */
export type Target = 'host' | 'trixie' | 'sid';

/** The parts of a machine. */
export interface Ground {
  /** The root file system to boot; `/` for this machine's own. */
  readonly tree: string;
  /** The major version of the systemd in it. */
  readonly version: number;
  /** A writable cgroup v2 folder for the machine's own cgroup. */
  readonly cgroups: string;
}

const SYSTEMD = '/usr/lib/systemd/systemd';
// On a machine that also mounts the v1 controllers, cgroup v2 is in 'unified'.
const CGROUP_MOUNTS = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'];

/**
 * Looks whether a target can boot here: what it takes, or the reason why not with its remedy. Synchronous and quick, so
 * that tests can be skipped while they are being collected.
 */
export function probe(target: Target): Ground | { readonly missing: Lack } {
  if (process.platform !== 'linux') return { missing: { reason: 'needs Linux' } };
  if (process.geteuid?.() !== 0)
    return { missing: { reason: 'boots a real systemd, as root', command: 'sudo npm test' } };
  const cgroups = CGROUP_MOUNTS.find((mount) => existsSync(join(mount, 'cgroup.controllers')));
  if (cgroups === undefined) return { missing: { reason: `needs cgroup v2 mounted at ${CGROUP_MOUNTS.join(' or ')}` } };
  if (!isWritable(cgroups)) return { missing: { reason: `needs ${cgroups} to be writable` } };
  const tree = treeOf(target);
  if (!existsSync(join(tree, SYSTEMD)))
    return { missing: { reason: `${join(tree, SYSTEMD)} does not exist`, command: remedy(target) } };
  return namespaceFault() ?? withVersion(tree, cgroups);
}

/** What this machine lacks to boot the target; undefined if it can. */
export function lackOn(target: Target): Lack | undefined {
  const ground = probe(target);
  return 'missing' in ground ? ground.missing : undefined;
}

function treeOf(target: Target): string {
  if (target === 'host') return '/';
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(process.env.READYD_TREES || join(cache, 'readyd/trees'), target);
}

function remedy(target: Target): string {
  if (target === 'host') return 'apt-get install systemd';
  return `apt-get install debootstrap debian-archive-keyring wget && test/systemd/trees.sh ${target}`;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

// Root in an unprivileged container may not make namespaces or mount in them.
function namespaceFault(): { readonly missing: Lack } | undefined {
  const script = 'mount -t tmpfs none /mnt && mount -t sysfs none /mnt';
  const flags = ['--mount', '--pid', '--net', '--ipc', '--uts', '--cgroup', '--fork'];
  const { status, error, stderr } = spawnSync('unshare', [...flags, 'sh', '-c', script], { encoding: 'utf8' });
  if (status === 0) return undefined;
  return { missing: { reason: `needs to make namespaces and mounts: ${error?.message ?? stderr.trim()}` } };
}

function withVersion(tree: string, cgroups: string): Ground | { readonly missing: Lack } {
  const { stdout, stderr } = spawnSync('chroot', [tree, SYSTEMD, '--version'], { encoding: 'utf8' });
  const version = /^systemd (\d+)/.exec(stdout ?? '')?.[1];
  if (version === undefined)
    return { missing: { reason: `${join(tree, SYSTEMD)} does not tell its version: ${stderr}` } };
  return { tree, version: Number(version), cgroups };
}
