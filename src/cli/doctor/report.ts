// Formats findings as text.
import { printable } from '../../printable-text.ts';
import type { Finding } from './facts.ts';

export function describe(subject: string, findings: readonly Finding[]): string {
  if (findings.length === 0) return `${printable(subject)}: nothing found`;
  const count = findings.length === 1 ? '1 finding' : `${findings.length} findings`;
  return [`${printable(subject)}: ${count}`, ...findings.map(paragraph)].join('\n\n');
}

function paragraph({ id, severity, what, why, evidence, said, change }: Finding): string {
  return [
    `${severity}: ${printable(what)} (${id})`,
    `  why:    ${printable(why)}`,
    ...(evidence === undefined || evidence === '' ? [] : [`  seen:   ${printable(evidence)}`]),
    ...(said === undefined ? [] : [`  said:   ${printable(said)}`]),
    `  change: ${printable(change)}`,
  ].join('\n');
}

/** Adapts the commands of a finding to a user's service manager. */
export function forUser(finding: Finding): Finding {
  const change = finding.change
    .replaceAll(/\b(systemctl|journalctl|readyd doctor) (?!--)/g, '$1 --user ')
    .replaceAll('journalctl --user -u', 'journalctl --user-unit');
  return { ...finding, change };
}
