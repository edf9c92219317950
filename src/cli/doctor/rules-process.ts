// What the processes of the service show: who is the main one, what they were given, and what they see.
import { commandOf, type Facts, isNode, isNotify, mainProcess, type ProcessFacts, type Rule } from './facts.ts';
import { directCommand } from './rules-unit.ts';

const SHELLS = /^(sh|bash|dash|ash|zsh|ksh|busybox|env|su|sudo|runuser|nice|timeout)$/;
const RUNNERS =
  /^(npm|npx|yarn|yarnpkg|pnpm|pnpx|bunx|corepack|nodemon|tsx|ts-node-dev|pm2|forever|concurrently|cross-env|dotenv)(-cli)?$/;

function nameOf(path: string | undefined): string {
  return (path ?? '').replace(/^.*\//, '').replace(/\.[cm]?js$/, '');
}

/** A runner is a script of Node, and npm puts what it does into its title: `npm start`. */
function wrapperIn(argv: readonly string[]): string | undefined {
  const own = nameOf(argv[0]?.split(' ')[0]);
  if (SHELLS.test(own) || RUNNERS.test(own)) return own;
  const script = nameOf(argv.slice(1).find((word) => !word.startsWith('-')));
  return /^(node|nodejs)$/.test(own) && RUNNERS.test(script) ? script : undefined;
}

/** Who stands between systemd and the program; a process that is alive says it for sure. */
export function wrapperOf(facts: Facts): string | undefined {
  const main = mainProcess(facts);
  if (main === undefined) {
    const argv = facts.unit === undefined ? [] : commandOf(facts.unit);
    return argv.includes('exec') ? undefined : wrapperIn(argv);
  }
  if (isNode(main)) return wrapperIn(main.argv);
  return facts.processes.some(isNode) ? main.executable || nameOf(main.argv[0]) : wrapperIn(main.argv);
}

/** The process that is the program: below a wrapper the last one that runs Node. */
export function programProcess(facts: Facts): ProcessFacts | undefined {
  const main = mainProcess(facts);
  if (main !== undefined && wrapperOf(facts) === undefined) return main;
  return facts.processes.filter((one) => isNode(one) && wrapperIn(one.argv) === undefined).at(-1);
}

const notMain: Rule = (facts) => {
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
      : `NotifyAccess=${facts.unit.NotifyAccess || 'main'}: what the child says, READY too, is not accepted; sockets are not for it either`,
    change: directCommand(facts),
  };
};

// Told by 252; 257 and 262 do not log it.
const refused: Rule = (facts) => {
  if (wrapperOf(facts) !== undefined) return undefined;
  const pattern = /Got notification message from PID (\d+).*, but reception (only permitted for|is disabled)/;
  const match = facts.messages.filter(({ current }) => current).map(({ text }) => pattern.exec(text));
  const pid = match.find((found) => found !== null)?.[1];
  if (pid === undefined) return undefined;
  return {
    id: 'notify-access',
    severity: 'error',
    what: `systemd did not accept what process ${pid} said`,
    why: `NotifyAccess=${facts.unit?.NotifyAccess ?? ''}, and that process is not the main one`,
    change: 'send from the main process, or NotifyAccess=all (exec for programs of ExecStartPre= and the like)',
  };
};

const listenPid: Rule = (facts) => {
  // Of what the process that asks has inherited, there is a rule of its own.
  const program = facts.unit === undefined ? undefined : programProcess(facts);
  const owner = program?.env?.LISTEN_FDS === undefined ? undefined : program.env.LISTEN_PID;
  if (program === undefined || owner === undefined || Number(owner) === program.pid) return undefined;
  return {
    id: 'listen-pid',
    severity: 'error',
    what: `LISTEN_PID is ${owner}, but the program is process ${program.pid}`,
    why: 'the sockets are for another process, and a program must not take them: it finds none',
    change: directCommand(facts),
  };
};

const journal: Rule = (facts) => {
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
    change: 'StandardOutput=journal and StandardError=journal, and no pipe behind the program',
  };
};

const override: Rule = (facts) => {
  const found = facts.processes.find(({ env }) => env?.READYD_NATIVE !== undefined);
  if (found === undefined) return undefined;
  return {
    id: 'addon-overridden',
    severity: 'warning',
    what: `process ${found.pid} loads its addon from ${found.env?.READYD_NATIVE}`,
    why: 'READYD_NATIVE is set in its environment; the doctor loads no file that another process chose, and did not test it',
    change: 'take READYD_NATIVE out of Environment= and EnvironmentFile=, unless you test an addon of your own',
  };
};

const hidden: Rule = (facts) => {
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
    change: `BindReadOnlyPaths=${lost.join(' ')}, or hide less`,
  };
};

const hangup: Rule = (facts) => {
  const { unit } = facts;
  const bySignal = unit?.Type === 'notify-reload' || /kill.*(HUP|-1)\b/.test(unit?.ExecReload ?? '');
  if (unit === undefined || !bySignal) return undefined;
  const program = mainProcess(facts);
  // From 262 on systemd looks at READY whether there is a handler, and ends the service where there is none.
  const ended =
    unit.Type === 'notify-reload' &&
    facts.messages.some(({ text }) => text.includes('lacks handler for reload signal'));
  const starting = unit.ActiveState === 'activating';
  const silent = program !== undefined && isNode(program) && !program.handlesHangup && !starting;
  if (!silent && !(ended && unit.Result === 'protocol')) return undefined;
  return {
    id: 'reload-without-handler',
    severity: 'error',
    what: 'systemd reloads the service by SIGHUP, and the program does not handle it',
    why: 'SIGHUP ends a program without a handler; from 262 on systemd refuses its READY',
    change: 'reload(…) of readyd before ready(), or service({ reload }); else Type=notify without ExecReload=',
  };
};

export const PROCESS_RULES: readonly Rule[] = [notMain, refused, listenPid, journal, override, hidden, hangup];
