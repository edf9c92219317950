// Checks the processes of the service: the main process, their variables, and what they can see.
import { isShell, nameOf, scriptOf, withoutPrefixes } from './commands.ts';
import {
  directCommand,
  type Facts,
  isNode,
  isNotify,
  mainProcess,
  type ProcessFacts,
  property,
  type Rule,
} from './facts.ts';
import { noHandler } from './reload-handler.ts';

/** These start the program as a child, and wait for it. */
const FORKS =
  /^(sh|bash|dash|ash|zsh|ksh|busybox|su|sudo|runuser|timeout|flock|script|tini|dumb-init|npm|npx|yarn|yarnpkg|pnpm|pnpx|bunx|corepack|nodemon|tsx|ts-node-dev|pm2|forever|concurrently|cross-env|dotenv)(-cli)?$/;

/** The name of a wrapper that starts the program as a child. npm sets its title to its task: `npm start`. */
function wrapperIn(given: readonly string[]): string | undefined {
  const argv = withoutPrefixes(given);
  const own = nameOf(argv[0]?.split(' ')[0]);
  if (FORKS.test(own)) return own;
  const script = nameOf(scriptOf(argv));
  return /^(node|nodejs)$/.test(own) && FORKS.test(script) && !isShell([script]) ? script : undefined;
}

/** A shell execs the last command of `-c` if it is a simple one: then there is no child. */
function forks(argv: readonly string[]): boolean {
  return !isShell(argv) || /[;&|]\s*\S/.test(argv.join(' '));
}

/** The wrapper between systemd and the program; a running process is the best evidence. */
export function wrapperOf(facts: Facts): string | undefined {
  const main = mainProcess(facts);
  if (main === undefined) {
    const argv = facts.commands.filter(({ setting }) => setting === 'ExecStart').at(-1)?.argv ?? [];
    return argv.includes('exec') || !forks(argv) ? undefined : wrapperIn(argv);
  }
  if (isNode(main)) return wrapperIn(main.argv);
  return facts.processes.some(isNode) ? main.executable || nameOf(main.argv[0]) : wrapperIn(main.argv);
}

/** The process of the program: below a wrapper, the last process that runs Node. */
export function programProcess(facts: Facts): ProcessFacts | undefined {
  const main = mainProcess(facts);
  if (main !== undefined && wrapperOf(facts) === undefined) return main;
  return facts.processes.filter((one) => isNode(one) && wrapperIn(one.argv) === undefined).at(-1);
}

export const notMain: Rule = (facts) => {
  const wrapper = wrapperOf(facts);
  if (wrapper === undefined || facts.unit === undefined) return undefined;
  const program = programProcess(facts);
  const accepted = facts.unit.NotifyAccess === 'all';
  const who = program === undefined ? 'Node is its child' : `Node is its child ${program.pid}`;
  return {
    id: 'not-main-process',
    severity: accepted ? 'warning' : 'error',
    what: `systemd has started ${wrapper}, and ${who}`,
    why: accepted
      ? 'sockets, signals and the watchdog are for the main process, which the program is not'
      : `NotifyAccess=${facts.unit.NotifyAccess || 'main'}: systemd rejects the messages of the child, also READY, and the sockets are not for the child`,
    evidence: `process: ${(mainProcess(facts)?.argv ?? facts.commands.find(({ setting }) => setting === 'ExecStart')?.argv ?? []).join(' ')}`,
    change: directCommand(facts),
  };
};

// systemd 252 logs it; 257 and 262 do not.
export const refused: Rule = (facts) => {
  if (wrapperOf(facts) !== undefined) return undefined;
  const pattern = /Got notification message from PID (\d+).*, but reception (only permitted for|is disabled)/;
  const run = facts.unit?.InvocationID;
  const match = facts.messages
    .filter((one) => one.fromManager && one.run === run)
    .map(({ text }) => pattern.exec(text));
  const found = match.find((one) => one !== null);
  if (found === undefined || found === null) return undefined;
  const [line, pid] = found;
  return {
    id: 'notify-access',
    severity: 'error',
    what: `systemd did not accept what process ${pid} said`,
    why: `NotifyAccess=${facts.unit?.NotifyAccess ?? ''}, and that process is not the main one`,
    evidence: `systemd: ${line}`,
    change: 'send from the main process, or NotifyAccess=all (exec for programs of ExecStartPre= and the like)',
  };
};

export const listenPid: Rule = (facts) => {
  // A separate rule checks inherited variables of the calling process.
  const program = facts.unit === undefined || wrapperOf(facts) !== undefined ? undefined : programProcess(facts);
  const owner = program?.env?.LISTEN_FDS === undefined ? undefined : program.env.LISTEN_PID;
  if (program === undefined || owner === undefined || Number(owner) === program.pid) return undefined;
  return {
    id: 'listen-pid',
    severity: 'error',
    what: `LISTEN_PID is ${owner}, but the program is process ${program.pid}`,
    why: 'the sockets are for another process, so this program gets none',
    evidence: `process: LISTEN_PID=${owner} in the environment of ${program.pid}`,
    change: directCommand(facts),
  };
};

export const journal: Rule = (facts) => {
  const program = programProcess(facts);
  const { StandardOutput: out = '', StandardError: error = '' } = facts.unit ?? {};
  const says = (setting: string) => /^(journal|inherit|kmsg)/.test(setting);
  const connected = program?.env === undefined ? says(out) || says(error) : program.onJournal;
  if (facts.unit === undefined || connected || (program === undefined && out === '')) return undefined;
  return {
    id: 'journal-not-connected',
    severity: 'warning',
    what: 'neither stdout nor stderr of the program goes to the journal',
    why: `StandardOutput=${out}, StandardError=${error}: journal() then writes text to stderr, without fields`,
    evidence: property(facts.unit, 'StandardOutput'),
    change: 'StandardOutput=journal and StandardError=journal, and no pipe behind the program',
  };
};

export const override: Rule = (facts) => {
  const found = facts.processes.find(({ env }) => env?.READYD_NATIVE !== undefined);
  if (found === undefined) return undefined;
  return {
    id: 'addon-overridden',
    severity: 'warning',
    what: `process ${found.pid} loads its addon from ${found.env?.READYD_NATIVE}`,
    why: 'READYD_NATIVE is set in its environment; the doctor loads no file that another process chose, and did not test it',
    evidence: `process: READYD_NATIVE in the environment of ${found.pid}`,
    change: 'take READYD_NATIVE out of Environment= and EnvironmentFile=, unless you test an addon of your own',
  };
};

const HIDING = ['InaccessiblePaths', 'TemporaryFileSystem', 'RootDirectory', 'RootImage'];

export const hidden: Rule = (facts) => {
  const program = programProcess(facts);
  const lost = [
    ...(program?.seesManager === false && isNotify(facts.unit ?? {}) ? [program.env?.NOTIFY_SOCKET ?? ''] : []),
    ...(program?.seesJournal === false ? ['/run/systemd/journal/socket'] : []),
  ];
  if (lost.length === 0) return undefined;
  return {
    id: 'socket-hidden',
    severity: 'error',
    what: `the program does not see ${lost.join(' and ')}`,
    why: 'a setting such as InaccessiblePaths=, TemporaryFileSystem= or RootDirectory= hides it',
    evidence: HIDING.filter((name) => (facts.unit?.[name] ?? '') !== '')
      .map((name) => property(facts.unit, name))
      .join(', '),
    change: `BindReadOnlyPaths=${lost.join(' ')}, or hide less`,
  };
};

export const hangup: Rule = (facts) => {
  const { unit } = facts;
  const bySignal = unit?.Type === 'notify-reload' || /kill.{0,200}?(HUP|-1)\b/.test(unit?.ExecReload ?? '');
  if (unit === undefined || !bySignal || unit.ActiveState === 'activating') return undefined;
  const program = mainProcess(facts);
  const silent = program !== undefined && isNode(program) && !program.handlesHangup;
  if (!silent) return undefined;
  return noHandler(unit.Type === 'notify-reload' ? property(unit, 'Type') : `property: ExecReload=${reloadOf(facts)}`);
};

function reloadOf({ commands }: Facts): string {
  return commands.find(({ setting }) => setting === 'ExecReload')?.argv.join(' ') ?? '';
}
