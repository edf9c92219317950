// The words of the commands in unit files. systemctl prints a command with spaces between its words, and without quotes.
import { parseCommandLines } from '../../unit-file/command-line.ts';
import { nameSpecifiers, parseUnitName } from '../../unit-file/specifiers.ts';
import { systemSpecifiers } from '../../unit-file/system-specifiers.ts';
import { EXEC_SETTINGS, type WrittenCommands } from './commands.ts';
import { type Properties, writtenValues } from './facts.ts';
import { attempt } from './processes.ts';

/** The words of each command of the unit, by what systemctl prints for them. */
export function writtenCommands(text: string, unit: Properties | undefined): WrittenCommands {
  const { Id = '', FragmentPath = '' } = unit ?? {};
  if (!/[^.]\.\w+$/.test(Id)) return new Map();
  const specifiers = systemSpecifiers(FragmentPath, nameSpecifiers(parseUnitName(Id)));
  const lines = EXEC_SETTINGS.flatMap((setting) => writtenValues(text, setting));
  // systemd ignores a line that it cannot read, or refuses the unit.
  const commands = lines.flatMap((line) => attempt(() => parseCommandLines(line, specifiers)) ?? []);
  const all = commands.map(({ argv: [path = '', ...args], argv0 }) => [argv0 ?? path, ...args]);
  return new Map(all.map((argv) => [argv.join(' '), argv]));
}
