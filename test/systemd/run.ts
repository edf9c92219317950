import { spawn } from 'node:child_process';
import { constants } from 'node:os';

export interface Output {
  /** The exit status; 128 plus its number where a signal ended the command, as in a shell. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** The name of the command in error messages. */
  readonly title: string;
  readonly input: string;
  /** In milliseconds. */
  readonly timeout: number;
}

/** Runs a command until it exits, and collects its output. */
export async function run({ argv, title, input, timeout }: Command): Promise<Output> {
  const [file, ...args] = argv;
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {}); // EPIPE: the command has ended without reading its input
  child.stdin.end(input);
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      // A process that the command started may keep the other ends open.
      child.stdout.destroy();
      child.stderr.destroy();
      reject(new Error(`'${title}' did not end within ${timeout} ms: ${stdout}${stderr}`));
    }, timeout);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      // If a signal ended the command, nsenter ends itself by the same signal.
      resolve({ code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), stdout, stderr });
    });
  });
}
