// Tests that cannot run here have the reason in their title; at the end of the run the reporter sums the reasons up.
import { describe, test } from 'vitest';

/** Something that tests need and that this machine, or this user, does not have. */
export interface Lack {
  /** Such as `needs root`. */
  readonly reason: string;
  /** The command that installs it, if there is one. */
  readonly command?: string;
}

const MARK = / \[left out: ([^→]*?)(?: → (.*?))?\]/;

/** Whether this run has the long tests, too: on CI, and by `npm run test:all`. */
export const ALL: boolean = Boolean(process.env.CI || process.env.TEST_ALL);

/** How many of `count` random cases, or entries, a plain `npm test` takes. */
export function some(count: number): number {
  return ALL ? count : Math.ceil(count / 10);
}

/** Why a plain `npm test` leaves a long test out. */
export const LONG: Lack | undefined = ALL ? undefined : { reason: 'takes long', command: 'npm run test:all' };

/** The title of a test or a group that is left out. */
export function leftOut(title: string, { reason, command }: Lack): string {
  return `${title} [left out: ${reason}${command === undefined ? '' : ` → ${command}`}]`;
}

/** Reads back what `leftOut` wrote, from the title of a test with those of its groups. */
export function lackOf(fullTitle: string): Lack | undefined {
  const [, reason, command] = MARK.exec(fullTitle) ?? [];
  if (reason === undefined) return undefined;
  return { reason, ...(command !== undefined && { command }) };
}

/** `test`, or a skipped test if something is missing. .ci/count.js counts a skipped test as a failure. */
export function testWith(lack: Lack | undefined, title: string, run: () => unknown, timeout?: number): void {
  if (lack === undefined) test(title, async () => void (await run()), timeout);
  else test.skip(leftOut(title, lack));
}

/** The same for a group of tests. */
export function describeWith(lack: Lack | undefined, title: string, group: () => void): void {
  if (lack === undefined) describe(title, group);
  else describe.skip(leftOut(title, lack), group);
}
