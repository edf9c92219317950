// The live view of `readyd run`, on a terminal that python makes: the effect of the keys, and the terminal after the exit.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { packageRoot } from '../systemd/boot.ts';
import { environment, isAlive, leftOver, MAIN, program, SERVER, STAY } from './running.ts';

interface Outcome {
  readonly code: number | null;
  readonly signal: number | null;
  /** The terminal is set as it was before. */
  readonly restored: boolean;
}

class Terminal {
  readonly #python: ChildProcessByStdio<Writable, Readable, Readable>;
  shown = '';
  #outcome = '';

  constructor(
    args: readonly string[],
    { columns = 100, place = 'fg' }: { columns?: number; place?: 'fg' | 'bg' } = {},
  ) {
    // The new terminal gets colours, even if NO_COLOR is set for this test run.
    const { NO_COLOR: _, ...env } = environment({ TERM: 'xterm' });
    const driver = join(packageRoot(), 'test/cli/terminal.py');
    const argv = [driver, String(columns), place, process.execPath, MAIN, 'run', ...args];
    this.#python = spawn('python3', argv, { stdio: ['pipe', 'pipe', 'pipe'], env });
    this.#python.stdout.setEncoding('utf8').on('data', (part: string) => (this.shown += part));
    this.#python.stderr.setEncoding('utf8').on('data', (part: string) => (this.#outcome += part));
  }

  /** Waits until the terminal shows the pattern after the match of the last call. */
  async sees(pattern: RegExp): Promise<string> {
    const end = Date.now() + 240_000;
    for (;;) {
      const found = pattern.exec(this.shown.slice(this.#seen));
      if (found !== null) {
        this.#seen += found.index + found[0].length;
        return found[1] ?? found[0];
      }
      if (Date.now() > end) throw new Error(`never ${pattern}: ${this.shown}\n${this.#outcome}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  #seen = 0;

  press(keys: string): void {
    this.#python.stdin.write(keys);
  }

  async ended(): Promise<Outcome> {
    if (this.#python.exitCode === null) await once(this.#python, 'close');
    return JSON.parse(this.#outcome) as Outcome;
  }

  close(): void {
    this.#python.kill('SIGKILL');
  }
}

let terminal: Terminal | undefined;
afterEach(() => terminal?.close());

function open(script: string, options: { columns?: number; place?: 'fg' | 'bg' } = {}, ...flags: string[]): Terminal {
  terminal = new Terminal([...flags, '--', process.execPath, program(script)], options);
  return terminal;
}

const WELL = { code: 0, signal: null, restored: true };

test('r reloads, R restarts, q stops', async () => {
  const it = open(SERVER, {}, '--listen', 'web=127.0.0.1:0');
  await it.sees(/ready after.*●.*running.*r reload {2}R restart {2}q stop/s);
  it.press('x?\u001b[A'); // mean nothing
  it.press('r');
  await it.sees(/sends SIGHUP.*RELOADING=1 MONOTONIC_USEC=\d+.*READY=1.*reload complete/s);
  it.press('R');
  await it.sees(/you asked for it.*sends SIGTERM.*STOPPING=1.*exited with code 0 \(result success\)/s);
  await it.sees(/starts .*READY=1.*ready after \d+ ms/s);
  it.press('q');
  await it.sees(/sends SIGTERM.*STOPPING=1.*exited with code 0 \(result success\)/s);
  expect(await it.ended()).toEqual(WELL);
  expect(it.shown).toContain('\u001b[32m'); // coloured
  expect(it.shown).not.toContain('\u001b[?25l'); // the cursor was never hidden
  expect(it.shown).toMatch(/\r\u001b\[K$/); // and the status line is gone
  expect(leftOver()).toEqual([]);
});

test('an impossible reload is reported, and the service goes on', async () => {
  const it = open(`process.on('SIGHUP', () => {}); await sd.ready(); ${STAY}`, {}, '--start-timeout', '5s');
  await it.sees(/ready after/);
  it.press('r');
  await it.sees(/sends SIGHUP.*no end of the reload within 5000 ms: the service is running/s);
  it.press('q');
  expect(await it.ended()).toEqual(WELL);
});

test('Ctrl-C waits for the end of the stop', async () => {
  const slow = `process.on('SIGTERM', () => { sd.notifySync({ stopping: true }); setTimeout(() => process.exit(5), 700); });
    await sd.ready(); ${STAY}`;
  const it = open(slow);
  await it.sees(/ready after/);
  it.press('\u0003');
  await it.sees(/sends SIGTERM.*STOPPING=1.*stop-sigterm.*exited with code 5/s);
  expect(await it.ended()).toEqual({ ...WELL, code: 5 });
});

test('a second Ctrl-C does not wait', async () => {
  const it = open(`process.on('SIGTERM', () => {}); await sd.ready('pid ' + process.pid); ${STAY}`);
  const pid = await it.sees(/STATUS=pid (\d+)/);
  await it.sees(/ready after/);
  it.press('\u0003');
  await it.sees(/sends SIGTERM/);
  it.press('\u0003');
  await it.sees(/sends SIGKILL/);
  expect(await it.ended()).toEqual({ ...WELL, code: 137 });
  expect(isAlive(pid)).toBe(false);
});

test.each([
  ['SIGTERM', 'await sd.ready("up"); setTimeout(() => process.kill(process.ppid, "SIGTERM"), 100);', 0],
  ['a crash of the service', 'await sd.ready("up"); setTimeout(() => process.kill(process.pid, "SIGSEGV"), 100);', 139],
  ['an end before READY', 'process.exitCode = 4;', 4],
])('the terminal is as it was after %s', async (_, script, code) => {
  const it = open(`${script} ${code === 4 ? '' : STAY}`);
  expect(await it.ended()).toEqual({ ...WELL, code });
});

test('behind & it runs without keys', async () => {
  const it = open(`await sd.ready(); setTimeout(() => process.exit(6), 300);`, { place: 'bg' });
  await it.sees(/ready after/);
  it.press('q');
  expect(await it.ended()).toEqual({ ...WELL, code: 6 });
});

/** The text in the last row of a terminal, without its colours. */
function rows(shown: string): string[] {
  return shown
    .split(/\r\u001b\[K|\r?\n/)
    .map((row) => row.replaceAll(/\u001b\[\d+m/g, ''))
    .filter((row) => row.startsWith('●'));
}

test.each([1, 3, 12, 30, 80])('the line that stays fits in %i columns', async (columns) => {
  const it = open(
    `await sd.ready('日本語のステータス 🚀🚀🚀 ' + 'x'.repeat(100)); setTimeout(() => process.exit(0), 300);`,
    { columns },
    '--watchdog',
    '90s',
  );
  expect(await it.ended()).toEqual(WELL);
  const lines = rows(it.shown);
  expect(lines.length).toBeGreaterThan(0);
  const width = (row: string) =>
    Array.from(row).reduce((sum, one) => sum + (/[日本語のステータス🚀]/u.test(one) ? 2 : 1), 0);
  // One column is for the dot, whatever comes after it.
  for (const row of lines) expect(width(row)).toBeLessThanOrEqual(Math.max(1, columns - 1));
});
