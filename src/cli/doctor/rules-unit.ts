// Settings of the unit that cannot work.
import { programPath } from './commands.ts';
import { type Facts, isNode, isNotify, property, type Rule, systemctl, writtenValue } from './facts.ts';

export const notFound: Rule = ({ unit, subject }) => {
  if (unit?.LoadState !== 'not-found') return undefined;
  return {
    id: 'unit-not-found',
    severity: 'error',
    what: `systemd knows no ${subject}`,
    why: 'no folder of unit files has that name, or it was put there after systemd last read them',
    evidence: property(unit, 'LoadState'),
    change: 'check the name with systemctl list-unit-files, then systemctl daemon-reload',
  };
};

export const notLoaded: Rule = (facts) => {
  const { unit, subject } = facts;
  if (unit === undefined || !['bad-setting', 'error', 'masked'].includes(unit.LoadState ?? '')) return undefined;
  const masked = unit.LoadState === 'masked';
  return {
    id: 'unit-not-loaded',
    severity: 'error',
    what: masked ? `${subject} is masked: systemd does not start it` : `systemd cannot load ${subject}`,
    why: masked ? 'systemctl mask forbids every start' : reasonOf(unit.LoadError ?? ''),
    evidence: property(unit, 'LoadState'),
    change: masked
      ? systemctl(facts, 'unmask')
      : `systemd-analyze verify ${unit.FragmentPath || subject} names the line`,
  };
};

/** `org.freedesktop.systemd1.BadUnitSetting "Unit app.service has a bad unit file setting."` */
function reasonOf(error: string): string {
  return /"(.*)"/.exec(error)?.[1] ?? (error.trim() || 'the unit file has a line that systemd cannot do without');
}

export const stale: Rule = (facts) => {
  if (facts.unit?.NeedDaemonReload !== 'yes') return undefined;
  return {
    id: 'unit-file-changed',
    severity: 'warning',
    what: 'the unit file was changed, and systemd still has the old one',
    why: 'systemd reads unit files at daemon-reload and at boot',
    evidence: property(facts.unit, 'NeedDaemonReload'),
    change: `systemctl daemon-reload, then ${systemctl(facts, 'restart')}`,
  };
};

const UNKNOWN_KEY = /^(\/[^\n]{0,300}:\d+): Unknown key(?: name)? '(\w{1,80})' in section \W?(\w+)/;

/** systemd logs it each time that it reads the file; it may have been corrected since. */
export const ignoredLine: Rule = ({ messages, written, subject }) => {
  const found = messages.map(({ fromManager, text }) => (fromManager ? UNKNOWN_KEY.exec(text) : null));
  const keys = written.split('\n').map((line) => line.split('=')[0]?.trim());
  const matches = found.filter((one) => one !== null).filter(([, , key]) => keys.includes(key));
  const [, place = '', key = '', section = ''] = matches.at(-1) ?? [];
  if (place === '') return undefined;
  const names = [...new Set(matches.map(([, , name]) => `${name}=`))];
  return {
    id: 'line-ignored',
    severity: 'warning',
    what: `systemd ignores ${names.join(' and ')} of ${subject}`,
    why: `systemd knows no setting of ${names.length === 1 ? 'that name' : 'these names'} in [${section}]`,
    evidence: `systemd: ${place}: Unknown key '${key}' in section [${section}]`,
    change: `correct ${place}, then systemctl daemon-reload`,
  };
};

const INVALID_ASSIGNMENT = /^(\/[^\n]{0,300}:\d+): Invalid environment assignment, ignoring: ([^\n]{1,200})$/;

export const ignoredAssignment: Rule = ({ messages, written, subject }) => {
  const found = messages.map(({ fromManager, text }) => (fromManager ? INVALID_ASSIGNMENT.exec(text) : null));
  const match = found.findLast((one) => one !== null && written.includes(one[2] ?? ''));
  if (match == null) return undefined;
  const [, place = '', word = ''] = match;
  return {
    id: 'line-ignored',
    severity: 'warning',
    what: `systemd ignores ${word} in an Environment= of ${subject}`,
    why: 'it splits the value at spaces, and each part must be NAME=VALUE',
    evidence: `systemd: ${place}: Invalid environment assignment, ignoring: ${word}`,
    change: `quotes around the assignment in ${place}: Environment="NAME=a value", then systemctl daemon-reload`,
  };
};

const WHY_TYPE: Readonly<Record<string, string>> = {
  forking: 'systemd waits until the first process ends and leaves another behind, which Node does not do',
  oneshot: 'systemd waits until the program ends, and a server does not',
  dbus: 'systemd waits for a name on the bus, not for READY',
};

/** A job may be a oneshot; a server, or a program that sends READY, may not. */
function serves({ program }: Facts): boolean {
  return program !== undefined && /\b(ready|service|listen)\s*\(/.test(program.text);
}

export const typeNotNotify: Rule = (facts) => {
  const { unit, commands } = facts;
  if (unit === undefined || unit.Type === undefined || isNotify(unit)) return undefined;
  if (unit.Type === 'oneshot' && !serves(facts)) return undefined;
  if (!facts.processes.some(isNode) && programPath(commands, '/') === undefined) return undefined;
  const writtenType = writtenValue(facts, 'Type');
  if (writtenType?.startsWith('notify')) {
    return {
      id: 'type-unknown',
      severity: 'error',
      what: `this systemd does not know Type=${writtenType} and takes it for Type=${unit.Type}`,
      why: 'Type=notify-reload came with systemd 253',
      evidence: property(unit, 'Type'),
      change: 'Type=notify and ExecReload=/bin/kill -HUP $MAINPID',
    };
  }
  return {
    id: 'type-not-notify',
    severity: unit.Type in WHY_TYPE ? 'error' : 'warning',
    what: `Type=${unit.Type}: systemd does not wait for READY`,
    why: WHY_TYPE[unit.Type] ?? 'the service counts as started before it serves, and has no NOTIFY_SOCKET',
    evidence: property(unit, 'Type'),
    change: 'Type=notify',
  };
};

export const family: Rule = (facts) => {
  const shown = facts.unit?.RestrictAddressFamilies ?? '';
  // systemctl shows `none` as empty, which also means no restriction.
  const none = shown === '' && writtenValue(facts, 'RestrictAddressFamilies') === 'none';
  const text = none ? 'none' : shown;
  const denied = text.startsWith('~');
  const named = text.replace(/^~/, '').split(' ').includes('AF_UNIX');
  if (text === '' || text === '~' || named !== denied) return undefined;
  return {
    id: 'af-unix-not-allowed',
    severity: 'error',
    what: `RestrictAddressFamilies=${text} does not allow AF_UNIX`,
    why: 'the sockets of systemd and of the journal are of that family: READY, WATCHDOG and log entries fail with EAFNOSUPPORT',
    evidence: `property: RestrictAddressFamilies=${text}`,
    change: denied ? 'take AF_UNIX out of the list' : 'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6',
  };
};

/** Names that appear only in a program that uses the feature; a bundle contains them too. */
function uses(facts: Facts, pattern: RegExp): string | undefined {
  return facts.program !== undefined && pattern.test(facts.program.text) ? facts.program.path : undefined;
}

export const fdStore: Rule = (facts) => {
  const path = uses(facts, /\bfdStore\b/);
  if (path === undefined || facts.unit?.FileDescriptorStoreMax !== '0') return undefined;
  return {
    id: 'fd-store-off',
    severity: 'error',
    what: 'the program stores descriptors, and the unit has no store',
    why: `${path} has fdStore in it, and FileDescriptorStoreMax=0 is the default: nothing is kept over a restart`,
    evidence: property(facts.unit, 'FileDescriptorStoreMax'),
    change: 'FileDescriptorStoreMax=16, or as many as the program stores',
  };
};

export const watchdogMissing: Rule = (facts) => {
  const path = uses(facts, /\bwatchdog\s*\(/);
  const limit = facts.unit?.WatchdogUSec;
  if (path === undefined || (limit !== '0' && limit !== 'infinity')) return undefined;
  return {
    id: 'watchdog-missing',
    severity: 'warning',
    what: 'the program sends pings, and systemd does not wait for them',
    why: `${path} calls watchdog(), and the unit has no WatchdogSec=: systemd does not restart a program that hangs`,
    evidence: property(facts.unit, 'WatchdogUSec'),
    change: 'WatchdogSec=30',
  };
};
