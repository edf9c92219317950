// What keeps READY from coming for a program with readyd/auto: docs/auto.md. The preload itself says what is missing, in
// the journal; these rules find the change for it.
import { addonFinding } from './addon-fault.ts';
import { type Facts, type Finding, isNotify, mainProcess, property, type Rule } from './facts.ts';

/** `--import readyd/auto`, `--require …/readyd/dist/auto.cjs`, and the same in NODE_OPTIONS. */
const PRELOAD = /\breadyd\/(?:dist\/)?auto\b/;

/** Written by the preload five seconds after the start: src/auto/readiness.ts */
const NOT_READY = /^not ready: (.{1,2000})/s;
const WITHOUT_ADDON = /^readyd\/auto works without READY, watchdog and levels: (.{1,2000})/s;
const CANNOT_START = /^readyd\/auto cannot start: (.{1,2000})/s;

function hasPreload({ commands, unit, processes, program }: Facts): boolean {
  const start = commands.filter(({ setting }) => setting === 'ExecStart').flatMap(({ argv }) => argv);
  const options = processes.map(({ env }) => env?.NODE_OPTIONS ?? '');
  const imports = program !== undefined && /['"]readyd\/auto['"]/.test(program.text);
  return imports || [...start, ...options, unit?.Environment ?? ''].some((text) => PRELOAD.test(text));
}

/** The last message of this run that matches. */
function said({ messages, unit }: Facts, pattern: RegExp): string | undefined {
  const own = messages.filter(({ fromManager, run }) => !fromManager && run === unit?.InvocationID);
  return own.map(({ text }) => pattern.exec(text)?.[1]).findLast((text) => text !== undefined);
}

/** What to change, by what the preload says is missing. */
const CHANGES: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [
    /^nothing listens on ([^\s()]+) \([^)]*\).* yet; the program listens on (\S+?),?(?: |$)/s,
    ([, name = '', place = '']) =>
      `Environment=READYD_SOCKETS=${name}=${place.replace(/^.*:(?=\d+$)/, '')}, or give the program the port of the socket unit`,
  ],
  [
    /^nothing listens on a port that others can know/,
    () => 'a fixed port in place of port 0, a socket unit, or Environment=READYD_READY=loaded',
  ],
  [
    /^nothing listens on /,
    () => 'correct what the program waits for before it calls listen(), such as a database that does not answer',
  ],
  [
    /^the program does not listen on anything yet/,
    () => 'Environment=READYD_READY=loaded for a program without a server; else correct what it waits for',
  ],
  [/READYD_READY=app/, () => 'await ready() in the program, or remove READYD_READY=app'],
  [/^the entry module/, () => 'correct what the top-level await of the program waits for, or READYD_READY=app'],
];

function changeFor(missing: string): string {
  for (const [pattern, change] of CHANGES) {
    const match = pattern.exec(missing);
    if (match !== null) return change(match);
  }
  return 'correct what the program waits for before it serves';
}

/** The preload runs, and works with less, because Node did not load the addon. */
export const preloadWithoutAddon: Rule = (facts) => {
  const fault = said(facts, WITHOUT_ADDON);
  if (fault === undefined || !hasPreload(facts)) return undefined;
  const evidence = `journal: readyd/auto works without READY, watchdog and levels`;
  const found = addonFinding(fault, evidence);
  if (!/permission|ERR_DLOPEN_DISABLED/i.test(fault)) return found;
  return { ...found, change: 'add --allow-addons to the options of Node, or remove --permission' };
};

/** For a service that has not sent READY, while it starts and after a timeout. */
export const preloadNotReady: Rule = (facts) => {
  const { unit } = facts;
  if (unit === undefined || !isNotify(unit) || !hasPreload(facts)) return undefined;
  const found = (why: string, evidence: string, change: string): Finding => ({
    id: 'auto-not-ready',
    severity: 'error',
    what: 'the program runs with readyd/auto, and is not ready',
    why,
    evidence,
    change,
  });
  if (mainProcess(facts)?.executable === 'bun')
    return found(
      'readyd/auto does nothing in Bun: the http of Bun does not use net.Server',
      'process: bun',
      'start the program with Node, or await ready() in the program',
    );
  const failure = said(facts, CANNOT_START);
  if (failure !== undefined)
    return found(failure, 'journal: readyd/auto cannot start', 'await ready() in the program, and remove the preload');
  const withoutAddon = preloadWithoutAddon(facts);
  if (withoutAddon !== undefined) return withoutAddon;
  const missing = said(facts, NOT_READY);
  if (missing === undefined)
    return found(
      'no server of the program listens yet; after five seconds readyd/auto writes to the journal what is missing',
      property(unit, 'SubState'),
      'wait five seconds, then run this again; a program without a server needs READYD_READY=loaded',
    );
  return found(missing, `journal: not ready: ${missing}`, changeFor(missing));
};

/** Node's error for a preload that does not exist. It comes before any code of this package. */
export const PRELOAD_NOT_FOUND: RegExp = /Cannot find module '(\/[^']*\/readyd\/(?:dist\/)?auto(?:\.c?js)?)'/;

export function preloadNotFound(path = ''): Omit<Finding, 'severity'> {
  return {
    id: 'preload-not-found',
    what: `there is no preload ${path}`,
    why: 'Node was started, and did not find the file of --require or --import',
    change: 'npm install --global readyd, or correct the path: readyd unit --auto writes it',
  };
}
