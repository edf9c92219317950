// From facts to findings.
import type { Facts, Finding, Rule } from './facts.ts';
import { END_RULES, SYMPTOM_RULES } from './rules-end.ts';
import { PROCESS_RULES } from './rules-process.ts';
import { UNIT_RULES } from './rules-unit.ts';

function nobody({ standIn }: Facts): Finding {
  return {
    id: 'not-a-service',
    severity: 'warning',
    what: `this is not run by systemd${standIn ? ' but by readyd itself' : ''}, and no unit was named`,
    why: standIn
      ? 'there is no unit to look at; what readyd run refuses, it says in its own lines'
      : 'without NOTIFY_SOCKET and its like everything in readyd quietly does nothing',
    change: `readyd doctor NAME.service${standIn ? ' where systemd runs it' : ', or readyd run to see it as under systemd'}`,
  };
}

/** All that is wrong, the causes before what follows from them. */
export function diagnose(facts: Facts): Finding[] {
  const causes = run([...PROCESS_RULES, ...UNIT_RULES, ...END_RULES], facts);
  if (facts.unit === undefined && facts.mainPid === 0) return [nobody(facts), ...causes];
  // There is nothing more to be known of a unit that is not there.
  const missing = causes.find(({ id }) => id === 'unit-not-found');
  if (missing !== undefined) return [missing];
  const explained = causes.some(({ severity }) => severity === 'error');
  return explained ? causes : [...causes, ...run(SYMPTOM_RULES, facts)];
}

function run(rules: readonly Rule[], facts: Facts): Finding[] {
  return rules.map((rule) => rule(facts)).filter((finding) => finding !== undefined);
}
