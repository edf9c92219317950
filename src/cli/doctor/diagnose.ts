// Derives findings from the facts: one for each cause, none for its consequences.
import { type Facts, type Finding, property, type Rule, systemctl, THIS_PROCESS } from './facts.ts';
import { readyNotSent } from './ready-not-sent.ts';
import { endFinding } from './rules-end.ts';
import { IDLE_RULES } from './rules-idle.ts';
import { listenPid, override } from './rules-process.ts';
import { runningFindings } from './rules-running.ts';
import { STARTING_RULES } from './rules-start.ts';
import { THIS_PROCESS_RULES, variablesOf } from './rules-this-process.ts';
import { ignoredAssignment, ignoredLine, notFound, notLoaded, stale } from './rules-unit.ts';

function noUnit(facts: Facts): Finding {
  return {
    id: 'not-a-service',
    severity: 'warning',
    ...wordsFor(facts),
  };
}

function wordsFor({ standIn, subject, own }: Facts): Pick<Finding, 'what' | 'why' | 'change'> {
  if (standIn)
    return {
      what: 'this is not run by systemd but by readyd itself, and no unit was named',
      why: 'there is no unit to look at; what readyd run refuses, it says in its own lines',
      change: 'readyd doctor NAME.service where systemd runs it',
    };
  const given = own === undefined ? [] : variablesOf(own);
  const onlyThese = `without a unit, the doctor can examine only the variables of this process: ${given.join(', ')}`;
  if (subject !== THIS_PROCESS)
    return {
      what: `this is part of ${subject}, of which systemctl says nothing here`,
      why: given.length > 0 ? onlyThese : 'systemd does not answer, or the unit is that of another manager',
      change: `readyd doctor ${subject} where systemctl knows it; with --user for the manager of a user`,
    };
  if (given.length > 0)
    return {
      what: 'this process is not part of a unit of systemd, and no unit was named',
      why: onlyThese,
      change: 'readyd doctor NAME.service where systemd runs it',
    };
  return {
    what: 'this is not run by systemd, and no unit was named',
    why: 'without NOTIFY_SOCKET and similar variables, every call of readyd does nothing',
    change: 'readyd doctor NAME.service, or readyd run to see it as under systemd',
  };
}

/** All findings, the cause first. */
export function diagnose(facts: Facts): Finding[] {
  if (facts.unit === undefined) return [noUnit(facts), ...all(THIS_PROCESS_RULES, facts), ...all([listenPid], facts)];
  // A unit that does not exist has no further facts.
  const unknown = first([notFound, notLoaded], facts);
  if (unknown !== undefined) return [unknown];
  return [...causes(facts), ...all([stale, ignoredLine, ignoredAssignment], facts)];
}

function causes(facts: Facts): Finding[] {
  const ended = endFinding(facts);
  if (ended?.severity === 'error') return [ended];
  switch (facts.unit?.ActiveState ?? '') {
    case 'inactive':
      return one(first(IDLE_RULES, facts));
    case 'activating':
      return [...one(starting(facts)), ...all([override], facts)];
    case 'deactivating':
      return one(stopping(facts));
    default:
      return [...one(ended), ...runningFindings(facts)];
  }
}

const COMMANDS: Readonly<Record<string, string>> = {
  condition: 'ExecCondition',
  'start-pre': 'ExecStartPre',
  'start-post': 'ExecStartPost',
};

function starting(facts: Facts): Finding | undefined {
  const { unit } = facts;
  const setting = COMMANDS[unit?.SubState ?? ''];
  if (setting !== undefined) return commandRuns(facts, setting);
  const cause = first(STARTING_RULES, facts);
  // A oneshot service is a job: it counts as starting until it exits.
  return cause ?? (unit?.Type === 'oneshot' ? undefined : readyNotSent(facts, true));
}

function commandRuns(facts: Facts, setting: string): Finding {
  const command = facts.commands.find((one) => one.setting === setting && one.code === '');
  return {
    id: 'command-not-finished',
    severity: 'warning',
    what: `${setting}= still runs${command === undefined ? '' : `: ${command.argv.join(' ')}`}`,
    why: `systemd goes on when it ends, within TimeoutStartSec=${facts.unit?.TimeoutStartUSec}`,
    evidence: property(facts.unit, 'SubState'),
    change: `wait for it, or ${systemctl(facts, 'stop')} and correct that command`,
  };
}

function stopping(facts: Facts): Finding {
  return {
    id: 'stop-not-finished',
    severity: 'warning',
    what: 'the service has been asked to stop, and has not ended',
    why: `systemd kills it after TimeoutStopSec=${facts.unit?.TimeoutStopUSec}`,
    evidence: property(facts.unit, 'SubState'),
    change: 'wait for it; a program that ends on SIGTERM is stopped at once',
  };
}

function one(found: Finding | undefined): Finding[] {
  return found === undefined ? [] : [found];
}

function first(rules: readonly Rule[], facts: Facts): Finding | undefined {
  return rules.map((rule) => rule(facts)).find((found) => found !== undefined);
}

function all(rules: readonly Rule[], facts: Facts): Finding[] {
  return rules.map((rule) => rule(facts)).filter((found) => found !== undefined);
}
