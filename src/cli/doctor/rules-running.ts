// Problems of a running service, each independent of the others.

import { addonFinding } from './addon-fault.ts';
import { nameOfEnd } from './ending.ts';
import { type Facts, type Finding, property, type Rule, systemctl } from './facts.ts';
import { preloadWithoutAddon } from './rules-auto.ts';
import { socketAccepts, socketFailed, socketNotStarted } from './rules-idle.ts';
import { hangup, hidden, journal, listenPid, notMain, override, refused } from './rules-process.ts';
import { family, fdStore, typeNotNotify, watchdogMissing } from './rules-unit.ts';
import { shellSyntax } from './shell-words.ts';

const addon: Rule = ({ addonFault, program }) =>
  addonFault === undefined || !/\breadyd\b/.test(program?.text ?? '')
    ? undefined
    : addonFinding(addonFault, 'tried here');

const reloadFailed: Rule = (facts) => {
  const result = facts.unit?.ReloadResult ?? 'success';
  if (result === 'success' || result === '') return undefined;
  const command = facts.commands.find(
    ({ setting, code, status }) => setting === 'ExecReload' && code !== '' && status !== 0,
  );
  return {
    id: 'reload-failed',
    severity: 'error',
    what:
      command === undefined
        ? `the last reload failed: ${result}`
        : `the last reload failed: ExecReload= ended with ${nameOfEnd(command)}: ${command.argv.join(' ')}`,
    why: 'the program continues with its previous configuration',
    evidence: property(facts.unit, 'ReloadResult'),
    change: `correct that command, then ${systemctl(facts, 'reload')}`,
  };
};

/** `listen(server, { name: 'web' })` and the like. */
const NAMED = /\b(?:listen|bind|listenTarget)\s{0,20}\([^;{]{0,200}\{[^}]{0,500}?\bname:\s{0,20}['"]([\w.-]+)['"]/;

const socketName: Rule = ({ sockets, program }) => {
  const asked = NAMED.exec(program?.text ?? '')?.[1];
  const active = sockets.filter((socket) => socket.active);
  if (asked === undefined || active.length === 0 || active.some(({ fdName }) => fdName === asked)) return undefined;
  // listen() with any name accepts a single socket without a configured name.
  if (active.length === 1 && active[0]?.fdName === active[0]?.name) return undefined;
  const [socket] = active;
  return {
    id: 'socket-name',
    severity: 'error',
    what: `the program asks for a socket '${asked}', and none has that name`,
    why: `systemd passes ${active.map(({ name, fdName }) => `'${fdName}' (${name})`).join(' and ')}`,
    evidence: `property: FileDescriptorName=${socket?.fdName} of ${socket?.name}`,
    change: `FileDescriptorName=${asked} in ${socket?.name}`,
  };
};

/** In this order. */
const RULES: readonly Rule[] = [
  notMain,
  listenPid,
  typeNotNotify,
  shellSyntax,
  family,
  hidden,
  refused,
  socketFailed,
  socketAccepts,
  socketNotStarted,
  socketName,
  hangup,
  reloadFailed,
  journal,
  override,
  addon,
  preloadWithoutAddon,
  fdStore,
  watchdogMissing,
];

export function runningFindings(facts: Facts): Finding[] {
  return RULES.map((rule) => rule(facts)).filter((found) => found !== undefined);
}
