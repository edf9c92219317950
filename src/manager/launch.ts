// Starts the process of a service.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type Provision, serviceEnvironment, withPid } from './environment.ts';

/** What to run, and with what. */
export interface Launch {
  readonly command: readonly string[];
  readonly provision: Provision;
  /** The descriptors for 3, 4, …, as many as `provision.names`. */
  readonly fds: readonly number[];
  readonly cwd?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly onLine: (stream: 'stdout' | 'stderr', line: string) => void;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Launched {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the process has ended and all it wrote was read. */
  readonly ended: Promise<Exit>;
}

/** How long a grandchild may hold the output open after the service has ended. */
const OUTPUT_MS = 500;

export function launch({ command, provision, fds, cwd, env = process.env, onLine }: Launch): Promise<Launched> {
  const [file = 'sh', ...args] = withPid(command, provision);
  const child = spawn(file, args, {
    cwd,
    env: serviceEnvironment(env, provision),
    stdio: ['ignore', 'pipe', 'pipe', ...fds],
  }) as ChildProcessByStdio<null, Readable, Readable>; // as stdio says; the types know three descriptors only
  for (const stream of ['stdout', 'stderr'] as const) {
    createInterface(child[stream]).on('line', (line) => onLine(stream, line));
  }
  const ended = whenEnded(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      const { pid } = child;
      if (pid !== undefined) resolve({ pid, kill: (signal) => void child.kill(signal), ended });
    });
  });
}

function whenEnded(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Exit> {
  // A stand-in that ends early must not leave a service without a manager behind.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('error', () => process.off('exit', kill));
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      process.off('exit', kill);
      const finish = (): void => resolve({ code, signal });
      const timer = setTimeout(finish, OUTPUT_MS);
      child.once('close', () => {
        clearTimeout(timer);
        finish();
      });
    });
  });
}
