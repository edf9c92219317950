// How the last run ended, and what nobody else explains: READY that does not come.
import { type Facts, isNotify, type Rule } from './facts.ts';

const addon: Rule = ({ addonFault, messages }) => {
  const at = messages.findLastIndex(({ text, current }) => current && text.includes('cannot load the addon of readyd'));
  const told =
    at < 0
      ? undefined
      : messages
          .slice(at, at + 6)
          .map(({ text }) => text)
          .join('\n');
  const fault = told ?? addonFault;
  if (fault === undefined) return undefined;
  const lines = fault.split('\n').filter((line) => /^\s+\/.*: /.test(line));
  const best = lines.find((line) => !/No such file/.test(line)) ?? lines[0] ?? fault;
  return {
    id: 'addon-not-loaded',
    severity: 'error',
    what: 'the addon of readyd cannot be loaded',
    why: best.trim(),
    change: remedyFor(best),
  };
};

/** dlopen(3) and Node say it in many ways. */
export function remedyFor(fault: string): string {
  if (/ERR_DLOPEN_DISABLED|--allow-addons|no-addons/.test(fault)) return 'run Node with --allow-addons';
  if (/failed to map segment|Operation not permitted|Permission denied/.test(fault))
    return 'let it be executed: NoExecPaths=, a file system mounted noexec, or its mode keeps it from that';
  if (/GLIBC_/.test(fault)) return 'build it on this system: npm rebuild readyd, or run a newer system';
  if (/invalid ELF|wrong ELF|file too short|Exec format|not a dynamic/.test(fault))
    return 'npm ci on this machine: what is there was made for another one, or is damaged';
  if (/No such file/.test(fault)) return 'npm ci on this machine: the file for its architecture is not there';
  return 'npm ci on this machine';
}

/** systemd.exec(5), Process Exit Codes */
const STEPS: Readonly<Record<string, [step: string, remedy: string]>> = {
  '200': ['CHDIR', 'WorkingDirectory= must be there, and be open to the user of the service'],
  '203': ['EXEC', 'ExecStart= must be the absolute path of a program; ProtectHome= hides a Node in a home, as of nvm'],
  '209': ['STDOUT', 'StandardOutput= cannot be opened'],
  '216': ['GROUP', 'Group= must be there'],
  '217': ['USER', 'User= must be there, or DynamicUser=yes'],
  '226': ['NAMESPACE', 'every path of ReadWritePaths=, BindPaths= and the like must be there, or have a - before it'],
  '228': ['SECCOMP', 'SystemCallFilter= has what this kernel does not know'],
  '238': ['STATE_DIRECTORY', 'StateDirectory= cannot be made'],
  '243': ['CREDENTIALS', 'the file of LoadCredential= must be there'],
};

const step: Rule = ({ unit }) => {
  const found = unit?.ExecMainCode === '1' ? STEPS[unit.ExecMainStatus ?? ''] : undefined;
  if (unit === undefined || found === undefined || unit.ActiveState === 'active') return undefined;
  return {
    id: 'not-executed',
    severity: 'error',
    what: `systemd could not start the program: ${unit.ExecMainStatus}/${found[0]}`,
    why: `that step failed before Node ran: ${unit.ExecStart?.replace(/ ; ignore_errors.*$/, ' }') ?? ''}`,
    change: found[1],
  };
};

const SIGSYS = '31';

const systemCall: Rule = ({ unit, messages }) => {
  const killed = unit?.ExecMainStatus === SIGSYS && unit.ExecMainCode !== '1';
  if (!killed && !messages.some(({ text, fromManager, current }) => current && fromManager && /SYS\b/.test(text)))
    return undefined;
  return {
    id: 'system-call-refused',
    severity: 'error',
    what: 'the program was ended by SIGSYS',
    why: 'it made a system call that SystemCallFilter= does not allow',
    change: 'SystemCallFilter=@system-service @pkey, and SystemCallErrorNumber=EPERM',
  };
};

const watchdog: Rule = ({ unit, messages }) => {
  const told = messages.some(({ text, fromManager }) => fromManager && /Watchdog timeout/.test(text));
  const again = Number(unit?.NRestarts ?? '0') > 0;
  if (unit?.Result !== 'watchdog' && !(told && again)) return undefined;
  return {
    id: 'watchdog-expired',
    severity: 'error',
    what: 'systemd ended the service, since no ping came in time',
    why: 'the program does not call watchdog(), its event loop stood still, or a check of it failed',
    change:
      'watchdog() with { diagnose: true } tells in the journal what blocks; WatchdogSec= is to be longer than any pause',
  };
};

export const END_RULES: readonly Rule[] = [addon, step, systemCall, watchdog];

const startLimit: Rule = ({ unit, messages }) => {
  // Before 262 the result is still that of the last run.
  const told = messages.slice(-4).some(({ text, fromManager }) => fromManager && /repeated too quickly/.test(text));
  if (unit?.Result !== 'start-limit-hit' && !(unit?.ActiveState === 'failed' && told)) return undefined;
  return {
    id: 'start-limit',
    severity: 'error',
    what: 'the service was restarted too often, and systemd has given up',
    why: 'it ended again and again; the journal has the reason of each time',
    change: 'journalctl -u, and systemctl reset-failed once that is mended',
  };
};

const ended: Rule = (facts) => {
  const { unit } = facts;
  const failed = unit?.ActiveState === 'failed' || unit?.SubState === 'auto-restart';
  if (
    unit === undefined ||
    !failed ||
    !['exit-code', 'signal', 'core-dump', 'protocol', 'start-limit-hit'].includes(unit.Result ?? '')
  )
    return undefined;
  const early = unit.Result === 'protocol';
  return {
    id: early ? 'ended-before-ready' : 'program-ended',
    severity: 'error',
    what: early ? 'the program ended without having sent READY' : `the program ended with ${unit.ExecMainStatus}`,
    why: lastWords(facts) ?? 'it said nothing before',
    change: early ? 'call ready(), and keep something open: a server, a timer' : 'mend what it says',
  };
};

/** The first line of the last error, where Node printed one: a stack goes on below it. */
function lastWords({ messages }: Facts): string | undefined {
  const own = messages.filter(({ fromManager, current }) => current && !fromManager).map(({ text }) => text);
  return own.findLast((text) => /^(\w*Error\b|Uncaught)/.test(text)) ?? own.at(-1);
}

const never: Rule = ({ unit }) => {
  if (unit === undefined || !isNotify(unit)) return undefined;
  const waiting = unit.ActiveState === 'activating' && unit.SubState === 'start';
  if (!waiting && unit.Result !== 'timeout') return undefined;
  return {
    id: 'ready-not-sent',
    severity: 'error',
    what: waiting ? 'the program runs, and has not sent READY' : 'systemd ended the program, since READY did not come',
    why: `Type=${unit.Type}: the start is done when the program says so, within TimeoutStartSec=${unit.TimeoutStartUSec ?? ''}`,
    change:
      'await ready() once it serves, or run it by service(); a program that does not speak to systemd needs Type=exec',
  };
};

/** What is left to say where nothing else explains it. */
export const SYMPTOM_RULES: readonly Rule[] = [startLimit, ended, never];
