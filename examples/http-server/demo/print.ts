import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

const COLORS = process.stdout.isTTY && !process.env.NO_COLOR;

/** Styled on a terminal, plain elsewhere. */
export function style(format: Format, text: string): string {
  return COLORS ? styleText(format, text) : text;
}

export function print(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** A result that differs from the expected one. */
export class DemoError extends Error {}

export function expectThat(what: string, holds: boolean): void {
  if (!holds) throw new DemoError(`not as expected: ${what}`);
}
