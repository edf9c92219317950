// An error as fields, so that `journalctl ERROR_CODE=ECONNREFUSED` and CODE_FILE= find it. The well-known names are
// from systemd.journal-fields(7). Pure.
import { codeLocation } from './code-location.ts';
import { chainText } from './error-chain.ts';
import { type ErrorFacts, heading, readError } from './error-facts.ts';
import type { FieldWriter } from './field-writer.ts';
import { withoutColors } from './terminal-escapes.ts';

/** Budget steps of an error in a field: eight fields, and parsing its stack. */
const ERROR_STEPS = 100;

/** Writes an error as the message of an entry. */
export function writeErrorMessage(writer: FieldWriter, error: object): void {
  const facts = readError(error);
  writer.text('MESSAGE', writer.budget.text(facts.message === '' ? facts.name : withoutColors(facts.message)));
  writeDetails(writer, error, facts);
}

/** Writes an error as a field: the field holds the heading, and further fields hold the details. */
export function writeErrorField(writer: FieldWriter, name: string, error: object): void {
  if (!writer.budget.spend(ERROR_STEPS)) return;
  const facts = readError(error);
  writer.text(name, writer.budget.text(heading(facts)));
  writeDetails(writer, error, facts);
}

function writeDetails(writer: FieldWriter, error: object, facts: ErrorFacts): void {
  const { budget } = writer;
  writer.text('ERROR_NAME', budget.text(facts.name));
  if (facts.code !== undefined) writer.text('ERROR_CODE', budget.text(String(facts.code)));
  // Positive, like errno(3); Node's is negative.
  if (facts.errno !== undefined) writer.text('ERRNO', String(Math.abs(facts.errno)));
  if (facts.syscall !== undefined) writer.text('SYSCALL', budget.text(facts.syscall));
  writer.text('ERROR_STACK', chainText(error, facts, budget));
  const location = facts.stack === undefined ? undefined : codeLocation(facts.stack, facts.message);
  if (location === undefined) return;
  writer.text('CODE_FILE', budget.text(location.file));
  writer.text('CODE_LINE', budget.text(location.line));
  if (location.func !== undefined) writer.text('CODE_FUNC', budget.text(location.func));
}
