// Describes the machine that the numbers were measured on: they mean nothing without it.
import { execFileSync } from 'node:child_process';
import { cpus, release } from 'node:os';

export function describeMachine({ rounds, batch }) {
  const processors = cpus();
  const systemd = execFileSync('pkg-config', ['--modversion', 'libsystemd'], { encoding: 'utf8' }).trim();
  return [
    `${processors.length} × ${processors[0]?.model ?? 'unknown processor'}, Linux ${release()}`,
    `Node ${process.versions.node}, libsystemd ${systemd}`,
    `${rounds} rounds, ${batch} messages each`,
    '',
  ].join('\n');
}
