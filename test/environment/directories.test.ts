import { afterEach, expect, test } from 'vitest';
import { directories } from '../../src/environment/directories.ts';

const VARIABLES = {
  runtime: 'RUNTIME_DIRECTORY',
  state: 'STATE_DIRECTORY',
  cache: 'CACHE_DIRECTORY',
  logs: 'LOGS_DIRECTORY',
  configuration: 'CONFIGURATION_DIRECTORY',
} as const;
const rows = Object.entries(VARIABLES) as [keyof typeof VARIABLES, string][];

afterEach(() => {
  for (const variable of Object.values(VARIABLES)) delete process.env[variable];
});

test.each(rows)('%s is what $%s holds', (key, variable) => {
  process.env[variable] = '/run/a:/run/b c';
  expect(directories[key]).toEqual(['/run/a', '/run/b c']);
  process.env[variable] = '/run/a';
  expect(directories[key]).toEqual(['/run/a']);
});

test.each(rows)('%s is empty without $%s', (key) => {
  expect(directories[key]).toEqual([]);
});

test.each(
  rows.flatMap(([key, variable]) => ['', 'a', '/a:', ':/a', '/a:b', '/a/../b'].map((v) => [key, variable, v] as const)),
)('%s refuses $%s=%j', (key, variable, value) => {
  process.env[variable] = value;
  expect(() => directories[key]).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ENV' }));
  expect(() => directories[key]).toThrow(variable);
});

test('no caller changes the list of another', () => {
  process.env.STATE_DIRECTORY = '/var/lib/a';
  expect(Object.isFrozen(directories.state)).toBe(true);
  expect(Object.isFrozen(directories)).toBe(true);
});
