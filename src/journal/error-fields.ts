// An error as fields, so that `journalctl ERROR_CODE=ECONNREFUSED` and CODE_FILE= find it. The well-known names are those
// of systemd.journal-fields(7).
import { codeLocation } from './code-location.ts';
import { chainText, type ErrorFacts, heading, readError } from './error-chain.ts';
import type { FieldWriter } from './field-writer.ts';

/** The message of an entry that is an error: readable on its own. */
export function writeErrorMessage(writer: FieldWriter, error: object): void {
  const facts = readError(error);
  writer.text('MESSAGE', facts.message === '' ? facts.name : facts.message);
  writeDetails(writer, error, facts);
}

/** An error as a value: the field says what it is, and the details follow. */
export function writeErrorField(writer: FieldWriter, name: string, error: object): void {
  const facts = readError(error);
  writer.text(name, heading(facts));
  writeDetails(writer, error, facts);
}

function writeDetails(writer: FieldWriter, error: object, facts: ErrorFacts): void {
  writer.text('ERROR_NAME', facts.name);
  if (facts.code !== undefined) writer.text('ERROR_CODE', String(facts.code));
  // Positive, as errno(3) has it; Node's is negative.
  if (facts.errno !== undefined) writer.text('ERRNO', String(Math.abs(facts.errno)));
  if (facts.syscall !== undefined) writer.text('SYSCALL', facts.syscall);
  writer.text('ERROR_STACK', chainText(error, facts));
  const location = facts.stack === undefined ? undefined : codeLocation(facts.stack, facts.message);
  if (location === undefined) return;
  writer.text('CODE_FILE', location.file);
  writer.text('CODE_LINE', location.line);
  if (location.func !== undefined) writer.text('CODE_FUNC', location.func);
}
