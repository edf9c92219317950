// What the unit itself says that cannot work.
import { type Facts, isNotify, type Rule, writtenValue } from './facts.ts';

const notFound: Rule = ({ unit, subject }) => {
  if (unit?.LoadState !== 'not-found') return undefined;
  return {
    id: 'unit-not-found',
    severity: 'error',
    what: `systemd knows no ${subject}`,
    why: 'no folder of unit files has that name, or it was put there after systemd last read them',
    change: 'check the name with systemctl list-unit-files, then systemctl daemon-reload',
  };
};

const bad: Rule = ({ unit, subject }) => {
  if (unit === undefined || !['bad-setting', 'error', 'masked'].includes(unit.LoadState ?? '')) return undefined;
  return {
    id: 'unit-not-loaded',
    severity: 'error',
    what: `systemd does not run ${subject}: it is '${unit.LoadState}'`,
    why: unit.LoadError || 'the unit file has a line that systemd cannot do without',
    change: `systemd-analyze verify ${unit.FragmentPath || subject} names the line; systemctl unmask where it is masked`,
  };
};

const stale: Rule = ({ unit }) => {
  if (unit?.NeedDaemonReload !== 'yes') return undefined;
  return {
    id: 'unit-file-changed',
    severity: 'warning',
    what: 'the unit file was changed, and systemd still has the old one',
    why: 'systemd reads unit files when it is told to',
    change: 'systemctl daemon-reload, then systemctl restart',
  };
};

const WHY_TYPE: Readonly<Record<string, string>> = {
  forking: 'systemd waits for the first process to end after it has left another behind, which Node does not do',
  oneshot: 'systemd waits for the program to end before it counts as started',
  dbus: 'systemd waits for a name on the bus, not for READY',
};

const type: Rule = (facts) => {
  const { unit } = facts;
  if (unit === undefined || unit.Type === undefined || isNotify(unit)) return undefined;
  const writtenType = writtenValue(facts, 'Type');
  if (writtenType?.startsWith('notify')) {
    return {
      id: 'type-unknown',
      severity: 'error',
      what: `this systemd does not know Type=${writtenType} and takes it for Type=${unit.Type}`,
      why: 'Type=notify-reload came with systemd 253',
      change: 'Type=notify and ExecReload=/bin/kill -HUP $MAINPID',
    };
  }
  return {
    id: 'type-not-notify',
    severity: unit.Type in WHY_TYPE ? 'error' : 'warning',
    what: `Type=${unit.Type}: systemd does not wait for READY`,
    why: WHY_TYPE[unit.Type] ?? 'the service counts as started before it serves, and is given no NOTIFY_SOCKET',
    change: 'Type=notify',
  };
};

const family: Rule = (facts) => {
  const shown = facts.unit?.RestrictAddressFamilies ?? '';
  // systemctl shows `none` as nothing, which is also what it shows for no restriction.
  const none = shown === '' && writtenValue(facts, 'RestrictAddressFamilies') === 'none';
  const text = none ? 'none' : shown;
  const denied = text.startsWith('~');
  const named = text.replace(/^~/, '').split(' ').includes('AF_UNIX');
  if (text === '' || text === '~' || named !== denied) return undefined;
  return {
    id: 'af-unix-not-allowed',
    severity: 'error',
    what: `RestrictAddressFamilies=${text} does not allow AF_UNIX`,
    why: 'that is the kind of the sockets of systemd and of the journal: READY, WATCHDOG and log entries fail with EAFNOSUPPORT',
    change: denied ? 'take AF_UNIX out of the list' : 'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6',
  };
};

const jit: Rule = ({ unit }) => {
  if (unit?.MemoryDenyWriteExecute !== 'yes' || / --jitless\b/.test(unit.ExecStart ?? '')) return undefined;
  return {
    id: 'jit-not-allowed',
    severity: 'error',
    what: 'MemoryDenyWriteExecute=yes ends Node',
    why: 'V8 writes the code that it runs while it runs',
    change: 'MemoryDenyWriteExecute=no',
  };
};

/** Names that only somebody uses who wants what they do; a program that is bundled has them, too. */
function uses(facts: Facts, pattern: RegExp): string | undefined {
  return facts.program !== undefined && pattern.test(facts.program.text) ? facts.program.path : undefined;
}

const fdStore: Rule = (facts) => {
  const path = uses(facts, /\bfdStore\b/);
  if (path === undefined || facts.unit?.FileDescriptorStoreMax !== '0') return undefined;
  return {
    id: 'fd-store-off',
    severity: 'error',
    what: 'the program stores descriptors, and the unit has no store',
    why: `${path} has fdStore in it, and FileDescriptorStoreMax=0 is the default: nothing is kept over a restart`,
    change: 'FileDescriptorStoreMax=16, or however many the program stores',
  };
};

const watchdog: Rule = (facts) => {
  const path = uses(facts, /\bwatchdog\s*\(/);
  const limit = facts.unit?.WatchdogUSec;
  if (path === undefined || (limit !== '0' && limit !== 'infinity')) return undefined;
  return {
    id: 'watchdog-missing',
    severity: 'warning',
    what: 'the program sends pings, and systemd does not wait for them',
    why: `${path} calls watchdog(), and the unit has no WatchdogSec=: a program that hangs is left hanging`,
    change: 'WatchdogSec=30',
  };
};

const socket: Rule = ({ sockets, subject }) => {
  const inactive = sockets.filter(({ active }) => !active).map(({ name }) => name);
  if (inactive.length === 0) return undefined;
  return {
    id: 'socket-not-started',
    severity: 'error',
    what: `${inactive.join(' and ')} is not started`,
    why: `systemd passes only sockets that it listens on, so ${subject} gets none of it`,
    change: `systemctl enable --now ${inactive.join(' ')}, then systemctl restart ${subject}`,
  };
};

export const UNIT_RULES: readonly Rule[] = [notFound, bad, stale, type, family, jit, fdStore, watchdog, socket];

/** What to write in place of a command with a wrapper. */
export function directCommand({ program }: Facts): string {
  return `ExecStart=/usr/bin/node ${program?.path ?? '/path/of/the/program.js'}`;
}
