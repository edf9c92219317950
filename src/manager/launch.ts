// Starts a process of a service.
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { atExit } from '../at-exit.ts';
import { pidfdIdOf } from '../sockets/inspect.ts';
import { expandVariables } from '../unit-file/variables.ts';
import { behindShell, type Provision, serviceEnvironment } from './environment.ts';
import type { Command } from './settings.ts';
import { type Line, StreamLines } from './stream-lines.ts';

/** The command to run, and its settings. */
export interface Launch {
  readonly command: Command;
  readonly provision: Provision;
  /** The descriptors for 3, 4, …, one for each of `provision.names`. */
  readonly fds: readonly number[];
  readonly cwd?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly onLine: (stream: 'stdout' | 'stderr', line: Line) => void;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Launched {
  readonly pid: number;
  /** Resolves when the process has exited and all its output was read. */
  readonly ended: Promise<Exit>;
  /** Why nothing could be run, for messages. */
  readonly fault?: string | undefined;
}

/** The exit code for a command that cannot be run: systemd.exec(5), EXIT_EXEC. */
const EXIT_EXEC = 203;
const EXIT_CHDIR = 200;
/** How long a grandchild may keep the output open after the service has exited. */
const OUTPUT_MS = 500;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Starts the process in a new session, so that Ctrl-C only reaches the manager. The process runs the command once it
 * has received all variables, so its pid is known here before its first message.
 */
export function launch({ command, provision, fds, cwd, env = process.env, onLine }: Launch): Launched {
  const environment = serviceEnvironment(env, provision);
  const argv = command.variables ? expandVariables(command.argv, environment) : command.argv;
  const folder = cwd ?? process.cwd();
  const fault = findFault(argv[0] ?? '', folder, environment);
  const [file = '', ...args] =
    fault === undefined ? behindShell(argv, provision, deathGuard()) : ['/bin/sh', '-c', `exit ${fault}`];
  const child = spawn(file, args, {
    cwd: fault === EXIT_CHDIR ? '/' : cwd,
    env: environment,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', ...fds],
  }) as unknown as Child; // as stdio says; the types know three descriptors only
  for (const stream of ['stdout', 'stderr'] as const) {
    const lines = new StreamLines((line) => onLine(stream, line));
    child[stream].on('data', (chunk: Buffer) => lines.write(chunk)).on('end', () => lines.end());
  }
  child.stdin.on('error', () => undefined); // it exited before it received the variables
  const { pid } = child;
  const failed = (code: number): string => describeFault(code, argv[0] ?? '', folder);
  if (pid === undefined)
    return { pid: -1, ended: once(child, { code: EXIT_EXEC, signal: null }), fault: failed(EXIT_EXEC) };
  child.stdin.end(`${journalStreams(pid)}\n${fds.length > 0 ? (pidfdIdOf(pid) ?? '') : ''}\n`);
  return { pid, ended: whenEnded(child, pid), fault: fault === undefined ? undefined : failed(fault) };
}

function once(child: Child, exit: Exit): Promise<Exit> {
  return new Promise((resolve) => child.once('error', () => resolve(exit)));
}

const GUARD = ['setpriv', '--pdeathsig', 'KILL', '--'];
let guard: readonly string[] | undefined;

/** With util-linux, the kernel kills the process when this one is killed and cannot clean up. */
function deathGuard(): readonly string[] {
  const [file = '', ...args] = GUARD;
  guard ??= spawnSync(file, [...args, 'true'], { stdio: 'ignore' }).status === 0 ? GUARD : [];
  return guard;
}

/** `DEVICE:INODE` of its stderr and stdout: Node's pipes to a child are sockets, like the journal's stream. */
function journalStreams(pid: number): string {
  try {
    const streams = [2, 1].map((fd) => statSync(`/proc/${pid}/fd/${fd}`, { bigint: true }));
    return streams.map(({ dev, ino }) => `${dev}:${ino}`).join(' ');
  } catch {
    return '';
  }
}

/** The errors that systemd would find before it runs the command. */
function findFault(file: string, cwd: string, { PATH = '/usr/bin:/bin' }: NodeJS.ProcessEnv): number | undefined {
  if (!canRun(cwd)) return EXIT_CHDIR;
  const places = file.includes('/') ? [resolve(cwd, file)] : PATH.split(':').map((folder) => join(folder, file));
  return file !== '' && places.some((place) => canRun(place) && statSync(place).isFile()) ? undefined : EXIT_EXEC;
}

function describeFault(code: number, file: string, folder: string): string {
  if (code === EXIT_CHDIR) return `cannot use the folder ${folder}: it does not exist (exit code ${code}, CHDIR)`;
  return `cannot run ${file}: there is no such program (exit code ${code}, EXEC)`;
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function whenEnded(child: Child, pid: number): Promise<Exit> {
  // If the manager exits early, the service must not keep running without it.
  const ended = atExit({ flushSync: () => killGroup(pid) });
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      ended();
      const finish = (): void => resolve({ code, signal });
      const timer = setTimeout(() => {
        // Another process holds the streams; they must not keep this process alive.
        for (const stream of [child.stdout, child.stderr]) (stream as Readable & { unref?(): void }).unref?.();
        finish();
      }, OUTPUT_MS);
      child.once('close', () => {
        clearTimeout(timer);
        finish();
      });
    });
  });
}

function killGroup(pid: number): true {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The process has already exited.
  }
  return true;
}
