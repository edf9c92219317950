import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../systemd/boot.ts';
import { bundleCommand } from './bundle.ts';
import { MAIN } from './running.ts';

let command: string[];

beforeAll(async () => {
  command = await bundleCommand('doctor', 'cli');
});

function run(args: string[], env: Record<string, string> = {}): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  });
  return { code: status, out: stdout, err: stderr };
}

test('what it does not know', () => {
  for (const args of [['--colour'], ['a', 'b'], ['a b'], ['-x'], ['--json=1'], ['a/../b'], ['']]) {
    const { code, out, err } = run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^readyd doctor: [^\n]+\n$/);
  }
});

test('without a systemctl to ask', () => {
  const { code, err } = run(['app'], { PATH: '/nonexistent' });
  expect([code, err]).toEqual([
    2,
    'readyd doctor: systemctl does not answer for app.service; is systemd running here?\n',
  ]);
});

test('outside of a service', () => {
  const { code, out } = run([]);
  expect(code).toBe(1);
  expect(out).toMatch(
    /^this process: \d findings?\n\nwarning: this is not run by systemd.*\(not-a-service\)\n {2}why: +.*\n {2}change: +/,
  );
  expect(JSON.parse(run(['--json']).out)).toMatchObject({ findings: [{ id: 'not-a-service' }] });
});

test('under the stand-in', () => {
  const { stdout } = spawnSync(
    process.execPath,
    [MAIN, 'run', '--type', 'oneshot', '--', process.execPath, MAIN, 'doctor'],
    {
      encoding: 'utf8',
    },
  );
  expect(stdout).toMatch(
    /stdout +this process: \d findings?\n.* warning: this is not run by systemd but by readyd itself/,
  );
});

test('--help', () => {
  expect(run(['--help'])).toMatchObject({ code: 0, err: '', out: expect.stringContaining('--json') as string });
});

test('every finding has a place in the document, and no other has', () => {
  const folder = join(packageRoot(), 'src/cli/doctor');
  const sources = readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
  const named = [...sources.matchAll(/^\s+id: (.*),$/gm)].flatMap(([, value]) =>
    [...(value ?? '').matchAll(/'([a-z-]+)'/g)].map(([, id]) => id),
  );
  const documented = [
    ...readFileSync(join(packageRoot(), 'docs/doctor.md'), 'utf8').matchAll(/^\| `([a-z-]+)` \|/gm),
  ].map(([, id]) => id);
  expect(new Set(documented)).toEqual(new Set(named));
  expect(documented.length).toBe(named.length);
  expect(named.length).toBeGreaterThan(20);
});
