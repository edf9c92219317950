// The demo as a user sees it; `npm test` has built it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blocks } from '../docs/blocks.ts';
import { testWith } from '../left-out.ts';
import { packageRoot } from '../systemd/boot.ts';
import { lackOn } from '../systemd/target.ts';

const DEMO = join(packageRoot(), 'build/examples/http-server/demo.js');

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The files that the demo left in the folder for temporary files. */
  readonly left: readonly string[];
}

function run(...args: string[]): Run {
  const TMPDIR = mkdtempSync(join(tmpdir(), 'readyd-demo-test-'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [DEMO, ...args], {
    cwd: tmpdir(),
    env: { ...process.env, TMPDIR },
    encoding: 'utf8',
    timeout: 60_000,
  });
  const left = readdirSync(TMPDIR);
  rmSync(TMPDIR, { recursive: true });
  return { status, stdout, stderr, left };
}

/** In this order, each on a line of its own. */
const TIMELINE = [
  /manager {2}listens on http:\/\/127\.0\.0\.1:\d+\/, and nothing serves there yet/,
  /manager {2}starts .*server\.js/,
  /service {2}READY=1 STATUS=serving$/m,
  /service {2}WATCHDOG=1 \(\d+ ms to spare\)/,
  /manager {2}sends SIGHUP/,
  /service {2}RELOADING=1 MONOTONIC_USEC=\d+/,
  /service {2}READY=1/,
  /client {3}GET \/ is answered: 200, This page was reloaded\./,
  /manager {2}sends SIGTERM/,
  /service {2}STOPPING=1 STATUS=finishing open requests/,
  /service {2}BARRIER=1/,
  /manager {2}exited with code 0 \(result success\)/,
  /^Everything went as it should\.$/,
];

/** The printed lines, without times, numbers and paths: processes that run side by side may print in another order. */
function kinds(output: string): string[] {
  const lines = output.split('\n').map((line) => line.replaceAll(/\d+/g, '0').replace(/starts .*/, 'starts'));
  return [...new Set(lines)].toSorted();
}

test('shows the life of the example, and leaves nothing behind', () => {
  const { status, stdout, stderr, left } = run();
  expect({ status, stderr, left }).toEqual({ status: 0, stderr: '', left: [] });
  const lines = stdout.split('\n');
  let from = 0;
  for (const expected of TIMELINE) {
    const index = lines.findIndex((line, number) => number >= from && expected.test(line));
    expect(index, `${expected} in\n${stdout}`).toBeGreaterThanOrEqual(0);
    from = index + 1;
  }
  expect(stdout).toContain('client   GET / is answered: 200, Hello from a service of systemd.');
  for (const document of ['README.md', 'examples/http-server/README.md']) {
    const shown = blocks(document, 'text').find(({ code }) => code.includes('and nothing serves there yet'));
    expect(kinds(shown?.code ?? ''), document).toEqual(kinds(stdout));
  }
  expect(stdout).toMatch(/journal {2}GET \/ .*METHOD=GET/);
});

test('says what is wrong with its arguments', () => {
  expect(run('--sytsemd')).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining("'--sytsemd'") });
});

const lack = lackOn('host');

testWith(lack, 'shows it on the real systemd', () => {
  const { status, stdout, stderr, left } = run('--systemd');
  expect({ status, stderr, left }).toEqual({ status: 0, stderr: '', left: [] });
  expect(stdout).toMatch(/Status: "serving"/);
  expect(stdout).toMatch(/"METHOD" : "GET"/);
  expect(stdout).toContain('all requests are answered');
});

test.runIf(lack !== undefined)('says why it cannot boot systemd', () => {
  const { status, stderr } = run('--systemd');
  expect(status).toBe(1);
  expect(stderr).toContain(lack?.reason);
});
