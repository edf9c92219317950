// The name of this process's unit. systemd sets no variable for it, but names the control group of a unit after the
// unit: cgroups(7), and sd_pid_get_unit(3), whose rules are used here.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** systemd.unit(5): the characters of a unit's name. */
const SERVICE = /^[A-Za-z0-9:_.\\@-]+\.service$/;
const USER_MANAGER = /^user@\d+\.service$/;
/** systemd.resource-control(5), Delegate=: 253 bytes and the ending would be too long for a unit. */
const NAME_MAX = 255;

/**
 * The service in which systemd runs this process, such as `app@1.service`; for a unit of `systemctl --user` the name in
 * that manager. Undefined outside of a service: in a terminal, or in a container without systemd.
 */
export function unitName(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return serviceOfCgroup(readCgroup()) ?? serviceOfCredentials(env.CREDENTIALS_DIRECTORY);
}

/** Parses /proc/PID/cgroup: the line of version 2 starts with `0::`, that of version 1 names systemd. */
export function serviceOfCgroup(text: string): string | undefined {
  // A machine with both versions has both lines, and systemd uses one of them.
  // Not matchAll(), whose first call takes a thousandth of Node's start.
  for (const line of text.split('\n')) {
    const [, path] = /^(?:0:|\d+:name=systemd):(\/.*)$/.exec(line) ?? [];
    const service = path === undefined ? undefined : serviceOfPath(path);
    if (service !== undefined) return service;
  }
  return undefined;
}

function serviceOfPath(path: string): string | undefined {
  const names = path.split('/').filter((name) => name !== '' && !name.endsWith('.slice'));
  // A user's units are below that user's manager, which is itself a service.
  const first = names[0] ?? '';
  return isService(USER_MANAGER.test(first) && names.length > 1 ? names[1] : first);
}

/**
 * With ProtectControlGroups=private the cgroup has no name. A service with credentials has them in a folder with its
 * name.
 */
function serviceOfCredentials(directory: string | undefined): string | undefined {
  return directory === undefined ? undefined : isService(basename(directory));
}

/** systemd prefixes `_` to names that collide with the kernel's own cgroup files, such as `cgroup.procs`. */
function isService(name = ''): string | undefined {
  const unit = name.startsWith('_') ? name.slice(1) : name;
  return unit.length <= NAME_MAX && SERVICE.test(unit) ? unit : undefined;
}

function readCgroup(): string {
  try {
    return readFileSync('/proc/self/cgroup', 'utf8');
  } catch {
    return ''; // not Linux, or /proc is not visible
  }
}
