// The bench runs in its own mount and network namespaces. /run is an empty tmpfs, so that our receivers get the addresses of
// the manager and of journald. The length of their queues is a setting of the network namespace.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';

const INSIDE = 'READYD_BENCH_INSIDE';
const SETUP = `
set -e
mount -t tmpfs -o mode=755 readyd-bench /run
mkdir -p /run/systemd/journal
ip link set lo up
exec "$0" "$@"`;
/** A slightly higher priority than the other programs on the machine, which the bench does not measure. */
const PRIORITY = -5;

/** Runs this program again inside; false when this is already that run. */
export function enterNamespaces(folder) {
  if (process.env[INSIDE] !== undefined) return false;
  requireAll(folder);
  execFileSync('make', ['--silent', '-C', import.meta.dirname], { stdio: 'inherit' });
  setPriority(PRIORITY);
  const program = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const namespaces = ['--mount', '--net', '--propagation', 'private'];
  const { status, error } = spawnSync('unshare', [...namespaces, 'sh', '-c', SETUP, ...program], {
    stdio: 'inherit',
    env: cleanEnvironment(),
  });
  if (error !== undefined) throw error;
  process.exitCode = status ?? 1;
  return true;
}

/** If the bench itself runs in a service, the measured programs must not see the service's variables. */
function cleanEnvironment() {
  const names = ['NOTIFY_SOCKET', 'JOURNAL_STREAM', 'DEBUG_INVOCATION', 'READYD_NATIVE', 'NODE_OPTIONS'];
  const others = Object.entries(process.env).filter(([name]) => !names.includes(name));
  return { ...Object.fromEntries(others), [INSIDE]: '1' };
}

function requireAll(folder) {
  if (process.platform !== 'linux') refuse('this is not Linux');
  if (process.geteuid() !== 0) refuse('only root may make namespaces with a /run of their own: try sudo');
  if (!existsSync(join(folder, 'dist/index.js'))) refuse(`${folder} is not built: npm ci`);
  if (!existsSync(join(folder, 'build/Release/readyd.node'))) refuse(`${folder} has no addon: npm run build:native`);
  if (!existsSync('/usr/include/systemd/sd-daemon.h')) refuse('the baseline needs the package libsystemd-dev');
}

function refuse(reason) {
  console.error(`bench: cannot run: ${reason}`);
  process.exit(1);
}
