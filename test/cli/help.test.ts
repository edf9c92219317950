// The help texts of all commands have the same form, and each names the options that the command's page in docs/ names.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../systemd/boot.ts';

const COMMANDS = [
  { command: 'run', page: 'docs/development.md' },
  { command: 'unit', page: 'docs/unit-files.md' },
  { command: 'doctor', page: 'docs/doctor.md' },
];

function optionsIn(text: string): string[] {
  return [...new Set(text.match(/(?<![\w-])--[a-z][a-z-]*/g))].toSorted();
}

test.each(COMMANDS)('readyd $command --help', ({ command, page }) => {
  const main = join(packageRoot(), 'dist/cli/main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, command, '--help'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.startsWith(`usage: readyd ${command} `)).toBe(true);
  expect(stdout.split('\n').filter((line) => line.length > 120)).toEqual([]);
  // Only what stands in code; tables of options, and what is said beside them.
  const code = [...readFileSync(join(packageRoot(), page), 'utf8').matchAll(/^\|[^|]*\||`[^`]*`/gm)].join(' ');
  const documented = optionsIn(code);
  const helped = optionsIn(stdout).filter((option) => option !== '--help');
  expect(helped.filter((option) => !documented.includes(option))).toEqual([]);
});
