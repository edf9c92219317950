// Proves that the run on the sanitized build loads that build, and that the sanitizers would catch an error.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { native } from '../../src/native.ts';
import { mapped } from './sanitized-only.ts';

const folder = mkdtempSync(join(tmpdir(), 'readyd-sanitize-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs node under the sanitizers with reports of its own. */
function run(args: string[], env: Record<string, string> = {}): { status: number | null; output: string } {
  const reports = mkdtempSync(join(folder, 'reports-'));
  const redirected = Object.fromEntries(
    ['ASAN_OPTIONS', 'UBSAN_OPTIONS'].map((name) => [
      name,
      `${process.env[name] ?? ''}:log_path=${join(reports, 'report')}`,
    ]),
  );
  const { status, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, ...redirected, ...env },
  });
  const texts = readdirSync(reports).map((name) => readFileSync(join(reports, name), 'utf8'));
  return { status, output: [stderr, ...texts].join('\n') };
}

test('the addon in use is the sanitized one', () => {
  native();
  expect(mapped(/readyd\.node$/)).toEqual([process.env.READYD_NATIVE]);
  expect(mapped(/\/libasan\.so/)).toHaveLength(1);
  expect(mapped(/\/libubsan\.so/)).toHaveLength(1);
  // The names of the runtime's functions, as the dynamic linker finds them in the file
  const file = readFileSync(process.env.READYD_NATIVE ?? '', 'latin1');
  expect(file).toContain('__asan_report_store');
  expect(file).toContain('__ubsan_handle_add_overflow_abort');
});

test.each([
  ['overflow', 'AddressSanitizer: heap-buffer-overflow'],
  ['undefined', 'runtime error: signed integer overflow'],
  ['leak', 'LeakSanitizer: detected memory leaks'],
])('an error on purpose is caught: %s', (fault, report) => {
  const load = 'try { process.dlopen({ exports: {} }, process.env.READYD_FAULT) } catch {}';
  expect(run(['-e', load]), 'without the error').toEqual({ status: 0, output: '' });
  const { status, output } = run(['-e', load], { FAULT: fault });
  expect(output).toContain(report);
  expect(status).not.toBe(0);
});

test('every function of the addon leaves nothing behind', () => {
  const program = fileURLToPath(new URL('calls.js', import.meta.url));
  expect(run([program, folder])).toEqual({ status: 0, output: '' });
});
