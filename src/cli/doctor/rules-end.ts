// Why the last run failed. The first matching rule is the cause; its consequences are left out.
import { addonFinding } from './addon-fault.ts';
import { endingOf, nameOfEnd, type ServiceEnding, seen } from './ending.ts';
import { type Facts, type Finding, property, systemctl } from './facts.ts';
import { lastWords } from './last-words.ts';
import { noHandler } from './reload-handler.ts';
import { errorFinding } from './rules-error.ts';
import { stopCode, unsettled } from './rules-exit-code.ts';
import { memoryFinding } from './rules-memory.ts';
import { STARTING_RULES } from './rules-start.ts';
import { stepFinding } from './rules-steps.ts';
import { timeoutFinding } from './rules-timeout.ts';

type EndRule = (ending: ServiceEnding, facts: Facts) => Finding | undefined;

const ADDON = 'cannot load the addon of readyd';

const addon: EndRule = ({ words }) => {
  const lines = words.flatMap((word) => word.split('\n'));
  const at = lines.findLastIndex((text) => text.includes(ADDON));
  return at < 0 ? undefined : addonFinding(lines.slice(at, at + 12).join('\n'), `journal: ${lines[at]?.trim()}`);
};

const resources: EndRule = (ending, facts) => {
  if (ending.result !== 'resources') return undefined;
  const evidence = seen(ending, /^Failed to (load|run|spawn|set up|prepare)|^(Job|Unable)/);
  const path = facts.absent.find(({ setting }) => setting === 'EnvironmentFile')?.path;
  if (/environment files/.test(evidence))
    return {
      id: 'environment-file',
      severity: 'error',
      what: `systemd cannot read ${path ?? 'a file'} of EnvironmentFile=`,
      why: 'a service does not start without it, unless a - is before the path',
      evidence,
      change: path === undefined ? 'make that file' : `make ${path}, or EnvironmentFile=-${path}`,
    };
  return {
    id: 'start-prevented',
    severity: 'error',
    what: 'systemd could not prepare the start',
    why: 'something that the unit names is not there, or the system has no room',
    evidence,
    change: `journalctl -u ${facts.subject} has the details`,
  };
};

const commandFailed: EndRule = (ending, { subject }) => {
  const { command, result } = ending;
  if (command === undefined || command.setting === 'ExecStart' || result === 'timeout') return undefined;
  const words = lastWords(ending.words);
  const when = /Stop/.test(command.setting)
    ? 'the service has stopped, and counts as failed'
    : 'the service was not started';
  return {
    id: 'command-failed',
    severity: 'error',
    what: `${command.setting}= ended with ${nameOfEnd(ending)}: ${command.argv.join(' ')}`,
    why: words === undefined ? `it wrote nothing; ${when}` : `${words.error}; ${when}`,
    evidence: seen(ending, /^Control process exited/),
    change: `correct that command, or write ${command.setting}=- before it where its failure does not matter; then systemctl restart ${subject}`,
  };
};

const watchdog: EndRule = (ending, { unit, program }) => {
  if (ending.result !== 'watchdog') return undefined;
  const calls = program !== undefined && /\b(watchdog|service)\s*\(/.test(program.text);
  const blocked = lastWords(ending.words.filter((word) => /event loop|blocked/.test(word)))?.error;
  return {
    id: 'watchdog-expired',
    severity: 'error',
    what: `systemd killed the service ${ending.phase}, because no watchdog ping came in time`,
    why:
      blocked ??
      (calls || program === undefined
        ? `WatchdogSec=${unit?.WatchdogUSec}: the event loop was blocked for longer, or a check failed`
        : `WatchdogSec=${unit?.WatchdogUSec}, and ${program.path} does not call watchdog()`),
    evidence: seen(ending, /^Watchdog timeout/),
    change:
      calls || program === undefined
        ? 'watchdog({ diagnose: true }) writes to the journal what blocks the event loop'
        : 'call watchdog() or service() in the program, or WatchdogSec=0',
  };
};

const SIGSYS = 31;

const systemCall: EndRule = (ending) => {
  if (ending.code === 'exited' || ending.status !== SIGSYS) return undefined;
  return {
    id: 'system-call-refused',
    severity: 'error',
    what: `the program was killed by SIGSYS ${ending.phase}`,
    why: 'it made a system call that SystemCallFilter= does not allow',
    evidence: seen(ending, /^Main process exited/),
    change: 'SystemCallFilter=@system-service @pkey, and SystemCallErrorNumber=EPERM',
  };
};

const jit: EndRule = (ending, { unit, commands }) => {
  if (unit?.MemoryDenyWriteExecute !== 'yes' || (ending.code === 'exited' && ending.status < 128)) return undefined;
  if (commands.some(({ argv }) => argv.includes('--jitless'))) return undefined;
  return {
    id: 'jit-not-allowed',
    severity: 'error',
    what: 'MemoryDenyWriteExecute=yes ends Node',
    why: 'V8 writes the code that it runs while it runs',
    evidence: property(unit, 'MemoryDenyWriteExecute'),
    change: 'MemoryDenyWriteExecute=no',
  };
};

const early: EndRule = (ending, facts) => {
  if (ending.result !== 'protocol' || ending.code === 'killed' || ending.code === 'dumped' || ending.status !== 0)
    return undefined;
  const cause = STARTING_RULES.map((rule) => rule(facts)).find((found) => found !== undefined);
  if (cause !== undefined) return cause;
  const words = lastWords(ending.words);
  return {
    id: 'ended-before-ready',
    severity: 'error',
    what: 'the program ended without having sent READY',
    why: words?.error ?? 'it said nothing before; nothing was open that keeps Node running',
    evidence: seen(ending, /^Failed with result/),
    change: 'call ready(), and keep something open: a server, a timer',
  };
};

// Since systemd 262: when READY arrives, systemd checks for a signal handler, and ends the service without one.
const reloadRefused: EndRule = ({ log }) => {
  const line = log.find((text) => text.includes('lacks handler for reload signal'));
  return line === undefined ? undefined : noHandler(`systemd: ${line}`);
};

const CRASHES: readonly number[] = [3, 4, 5, 6, 7, 8, 11];

const killed: EndRule = (ending, { messages, subject }) => {
  if (ending.code === 'exited' || ending.code === '') return undefined;
  const name = nameOfEnd(ending);
  const crash = CRASHES.includes(ending.status);
  const dump = messages.find(({ text }) => /^Process \d+ \(.*\) of user \d+ dumped core/.test(text))?.text;
  const words = lastWords(ending.words);
  return {
    id: crash ? 'crashed' : 'killed',
    severity: 'error',
    what: `the program was killed by ${name} ${ending.phase}`,
    why: crash
      ? `Node or an addon crashed${words?.known ? `: ${words.error}` : ''}`
      : `another process, or systemctl kill, sent ${name}; systemd did not`,
    evidence:
      dump === undefined ? seen(ending, /^Main process exited|^Failed with result/) : `journal: ${dump.split('\n')[0]}`,
    change: crash
      ? `coredumpctl info ${subject} shows the stack; update Node and the addons of the program`
      : 'journalctl --since shows what ran at that time',
  };
};

const ended: EndRule = (ending) => ({
  id: 'program-ended',
  severity: 'error',
  what: `the program ended with ${nameOfEnd(ending)} ${ending.phase}`,
  why: 'it wrote nothing before',
  evidence: seen(ending, /^Main process exited|^Failed with result/),
  change: 'write the reason before process.exit(); NODE_OPTIONS=--trace-exit shows where it is called',
});

/** In this order. The program's own output comes before guesses from its code or signal. */
const END_RULES: readonly EndRule[] = [
  resources,
  stepFinding,
  commandFailed,
  timeoutFinding,
  watchdog,
  memoryFinding,
  systemCall,
  jit,
  addon,
  reloadRefused,
  early,
  unsettled,
  stopCode,
  (ending, facts) =>
    ending.code === 'killed' && !CRASHES.includes(ending.status) ? undefined : crashWords(ending, facts),
  killed,
  ended,
];

/** Without an error in its output, the last line does not explain a crash. */
function crashWords(ending: ServiceEnding, facts: Facts): Finding | undefined {
  const found = errorFinding(ending, facts);
  if (ending.code === 'exited' || found === undefined) return found;
  return found.id === 'program-ended' ? undefined : { ...found, what: `${found.what} ${ending.phase}` };
}

/** The cause of the last failure, if there was one. */
export function endFinding(facts: Facts): Finding | undefined {
  const ending = endingOf(facts);
  if (ending === undefined) return undefined;
  const cause = END_RULES.map((rule) => rule(ending, facts)).find((one) => one !== undefined);
  const found = cause && withLastWords(cause, ending);
  if (found === undefined || !isOver(ending, facts)) return found && limited(found, facts);
  return { ...found, severity: 'warning', what: `before the present run: ${found.what}` };
}

/** The findings about a program that ran, and that do not quote it themselves. */
const ENDS =
  /^(killed|crashed|program-ended|ended-before-ready|watchdog-expired|stop-timeout|runtime-limit|ready-not-sent|oom-killed)$/;
/** The native stack that Node prints after the last message of a program that aborts. */
const TRACE = /^\s*(\d+: .*|-+ (Native|JavaScript) stack trace -+)?$/;

function withLastWords(found: Finding, { words }: ServiceEnding): Finding {
  if (!ENDS.test(found.id)) return found;
  const lines = words.flatMap((word) => word.slice(0, 20_000).split('\n')).filter((line) => !TRACE.test(line));
  const said = lastWords(lines)?.error.trim();
  const told = [found.what, found.why, found.evidence].some((text) => said === undefined || text?.includes(said));
  return told ? found : { ...found, said };
}

function isOver({ over }: ServiceEnding, { unit }: Facts): boolean {
  return over && unit?.ActiveState === 'active';
}

/** After a start limit, fixing the cause is not enough. */
function limited(found: Finding, facts: Facts): Finding {
  const { unit, messages, subject } = facts;
  const told = messages.slice(-6).some((one) => one.fromManager && /Start request repeated too quickly/.test(one.text));
  if (unit?.ActiveState !== 'failed' || !(told || unit.Result === 'start-limit-hit')) return found;
  const times = `systemd restarted it ${unit.NRestarts} times, and does not restart it again`;
  return {
    ...found,
    why: `${found.why}; ${times}`,
    change: `${found.change}; then systemctl reset-failed ${subject} and ${systemctl(facts, 'start')}`,
  };
}
