// Runs a program whose output captureConsole() turns into entries, and returns them.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/** The package, as JSON. */
export const PACKAGE = JSON.stringify(fileURLToPath(new URL('../../dist/index.js', import.meta.url)));

export interface Seen {
  /** The calls that the log got: level, message, and fields. */
  readonly entries: readonly [level: string, message: string, fields?: Record<string, unknown>][];
  /** The text that arrived at the streams. */
  readonly stdout: string;
  readonly stderr: string;
}

const PREAMBLE = `
  import * as fs from 'node:fs';
  import { captureConsole } from ${PACKAGE};
  const raw = fs.writeSync;
  const entries = [];
  const log = {
    log: (level, message, fields) => entries.push(fields ? [level, message, fields] : [level, message]),
    flush: async () => undefined,
  };
  const capture = captureConsole(log);
  process.on('exit', () => raw(3, JSON.stringify(entries, (key, value) => (value instanceof Error ? value.name : value))));
`;

export function run(script: string, options: readonly string[] = []): Seen {
  const { stdout, stderr, output } = spawnSync(
    process.execPath,
    [...options, '--input-type=module', '-e', PREAMBLE + script],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe', 'pipe'], maxBuffer: 1e9 },
  );
  const text: unknown = output[3];
  if (typeof text !== 'string' || text === '') throw new Error(stderr);
  return { entries: JSON.parse(text) as Seen['entries'], stdout, stderr };
}

export function entriesOf(script: string): Seen['entries'] {
  const { entries, stdout, stderr } = run(script);
  expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
  return entries;
}
