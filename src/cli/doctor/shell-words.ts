// Words in a command that only a shell understands: systemd passes them on as arguments.
import { type ExecCommand, isShell } from './commands.ts';
import type { Facts, Finding, Rule } from './facts.ts';

const OPERATOR = /^(&&|\|\|?|&|<|[012&]?>>?(&[012]|\/.*)?)$/;
const BUILT_IN = /^(cd|export|source|exec|ulimit)$/;

export function shellWords(command: Pick<ExecCommand, 'argv'> | undefined): string[] {
  const argv = command?.argv ?? [];
  if (isShell(argv)) return [];
  return [...new Set(argv.filter((word, at) => (at === 0 ? BUILT_IN.test(word) : OPERATOR.test(word))))];
}

/** A program that runs, or that ended for another reason, got them as arguments. */
export const shellSyntax: Rule = (facts: Facts): Finding | undefined => {
  const command = facts.commands.findLast(({ setting }) => setting === 'ExecStart');
  const words = shellWords(command);
  if (command === undefined || words.length === 0) return undefined;
  return {
    id: 'shell-syntax',
    severity: 'warning',
    what: `ExecStart= has ${words.join(' and ')}, which only a shell understands`,
    why: 'systemd starts programs without a shell: the program gets it as an argument',
    evidence: `property: ExecStart=${command.argv.join(' ')}`,
    change: words.some((word) => word.includes('>'))
      ? 'StandardOutput=append:/path/of/the/log, or leave it to the journal'
      : "ExecStart=/bin/sh -c '…', or a setting of the unit in its place",
  };
};
