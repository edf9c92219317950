// Runs a program of a few lines in its own process, to test signals, exit codes and the output at the exit.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const PACKAGE = join(import.meta.dirname, '../../dist/index.js');

export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Child {
  readonly pid: number;
  /** What it has written to its standard output so far. */
  readonly stdout: string;
  readonly stderr: string;
  kill(signal: NodeJS.Signals): void;
  /** Waits until the text is on its standard output. */
  says(text: string): Promise<void>;
  readonly ended: Promise<End>;
}

/** Runs an ES module in which `readyd` is everything that the built package exports. Off systemd unless `env` says so. */
export function child(script: string, env: Readonly<Record<string, string>> = {}): Child {
  const program = `import * as readyd from ${JSON.stringify(PACKAGE)};\n${script}`;
  return run(process.execPath, ['--input-type=module', '--eval', program], env);
}

/** The same on a terminal: what it writes to stderr is on `stdout`, too, and `stderr` tells in JSON how it ended. */
export function onTerminal(script: string): Child {
  const program = `import * as readyd from ${JSON.stringify(PACKAGE)};\nconsole.log('pid', process.pid);\n${script}`;
  const terminal = join(import.meta.dirname, '../cli/terminal.py');
  const node = [process.execPath, '--input-type=module', '--eval', program];
  return run('python3', [terminal, '200', 'fg', ...node]);
}

/** Runs any program in the same way. */
export function run(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  const started = spawn(file, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    started[stream].setEncoding('utf8').on('data', (text: string) => {
      written[stream] += text;
    });
  }
  const ended: Promise<End> = once(started, 'close').then(([code, signal]) => ({ code, signal, ...written }));
  const timer = setTimeout(() => started.kill('SIGKILL'), 20_000);
  void ended.finally(() => clearTimeout(timer));
  return {
    pid: started.pid ?? 0,
    get stdout() {
      return written.stdout;
    },
    get stderr() {
      return written.stderr;
    },
    kill: (signal) => void started.kill(signal),
    ended,
    says: async (text) => {
      while (!written.stdout.includes(text)) {
        if (started.exitCode !== null || started.signalCode !== null) {
          throw new Error(`it ended without saying ${text}: ${JSON.stringify(await ended)}`);
        }
        await Promise.race([once(started.stdout, 'data'), ended]);
      }
    },
  };
}
