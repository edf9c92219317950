// From facts to findings.
import { type Facts, type Finding, type Rule, THIS_PROCESS } from './facts.ts';
import { END_RULES, SYMPTOM_RULES } from './rules-end.ts';
import { OWN_RULES, variablesOf } from './rules-own.ts';
import { PROCESS_RULES } from './rules-process.ts';
import { UNIT_RULES } from './rules-unit.ts';

function nobody(facts: Facts): Finding {
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
  const onlyThese = `without a unit there is nothing to look at but what this process was given: ${given.join(', ')}`;
  if (subject !== THIS_PROCESS)
    return {
      what: `this is part of ${subject}, of which systemctl says nothing here`,
      why: given.length > 0 ? onlyThese : 'systemd does not answer, or the unit is that of another manager',
      change: `readyd doctor ${subject} where systemctl knows it; with --user for the manager of a user`,
    };
  if (given.length > 0)
    return {
      what: 'no unit of systemd was found around this process, and none was named',
      why: onlyThese,
      change: 'readyd doctor NAME.service where systemd runs it',
    };
  return {
    what: 'this is not run by systemd, and no unit was named',
    why: 'without NOTIFY_SOCKET and its like everything in readyd quietly does nothing',
    change: 'readyd doctor NAME.service, or readyd run to see it as under systemd',
  };
}

/** All that is wrong, the causes before what follows from them. */
export function diagnose(facts: Facts): Finding[] {
  const causes = run([...PROCESS_RULES, ...UNIT_RULES, ...END_RULES], facts);
  if (facts.unit === undefined) return [nobody(facts), ...run(OWN_RULES, facts), ...causes];
  // There is nothing more to be known of a unit that is not there.
  const missing = causes.find(({ id }) => id === 'unit-not-found');
  if (missing !== undefined) return [missing];
  const explained = causes.some(({ severity }) => severity === 'error');
  return explained ? causes : [...causes, ...run(SYMPTOM_RULES, facts)];
}

function run(rules: readonly Rule[], facts: Facts): Finding[] {
  return rules.map((rule) => rule(facts)).filter((finding) => finding !== undefined);
}
